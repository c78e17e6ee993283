"""The verbs of `suksala`, joined: each group of them is a file `*_verbs.py`; what they do is imported when called."""

from __future__ import annotations

import typer

from .account_verbs import account
from .audit_verbs import audit
from .backup_verbs import backup
from .client_verbs import client
from .fhir_verbs import fhir
from .grants_verbs import grants
from .identity_verbs import identity
from .ingest_verbs import ingest
from .keys_verbs import keys
from .list_verbs import lists
from .registry_verbs import registry
from .top_verbs import top

HELP = """Suksala (สุขศาลา): an open health information exchange for Thailand.
ระบบแลกเปลี่ยนข้อมูลสุขภาพแบบเปิด จากแฟ้มมาตรฐาน 43 แฟ้มสู่เวชระเบียนหนึ่งเดียวของแต่ละคน"""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(top)
app.add_typer(ingest, name="ingest")
app.add_typer(registry, name="registry")
app.add_typer(identity, name="identity")
app.add_typer(lists, name="lists")
app.add_typer(account, name="account")
app.add_typer(client, name="client")
app.add_typer(audit, name="audit")
app.add_typer(grants, name="grants")
app.add_typer(keys, name="keys")
app.add_typer(backup, name="backup")
app.add_typer(fhir, name="fhir")
