"""The reference of the command line, printed from the code into docs/reference/cli.md (make docs)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from typer.core import TyperGroup

from suksala.foundation import SuksalaError, keys, secret_files, settings

from . import failures
from .app import app
from .demo_state import NotFinished, OtherDemo, RealData

EXIT_CODES = (
    (0, "done", "สำเร็จ"),
    (
        failures.EXIT_REFUSED,
        "`ingest`: a deposit was refused whole; `fhir import`: a line was set aside; `doctor`: something does not work",
        "มีชุดที่ไม่รับทั้งชุด มีบรรทัดที่พักไว้ หรือการติดตั้งไม่สมบูรณ์",
    ),
    (failures.EXIT_BAD_INPUT, "bad input: one sentence in Thai and English says what to do", "คำสั่งหรือข้อมูลไม่ถูกต้อง"),
    (failures.EXIT_OUR_FAULT, "something broke inside; the message names a file for the maintainers", "ระบบผิดพลาดเอง"),
    (failures.EXIT_INTERRUPTED, "Ctrl-C", "ผู้ใช้สั่งหยุด"),
    (failures.EXIT_TERMINATED, "SIGTERM; everything open was closed", "ระบบสั่งหยุด"),
)
ENVIRONMENT = (
    ("SUKSALA_DATA", "data folder; default /var/lib/suksala for root, else ~/.local/share/suksala"),
    ("DATABASE_URL", "a PostgreSQL server, 15 or newer; unset: the embedded cluster in the data folder"),
    (
        "SUKSALA_WEB_DATABASE_URL",
        "the database of DATABASE_URL under a role that owns nothing, for processes that answer requests; default none",
    ),
    ("DATABASE_URL_FILE", "a file that holds DATABASE_URL, closed to other users: from a store of secrets"),
    ("SUKSALA_WEB_DATABASE_URL_FILE", "the same for SUKSALA_WEB_DATABASE_URL"),
    ("SUKSALA_MASTER_KEY_FILE", "the same for SUKSALA_MASTER_KEY"),
    ("SUKSALA_SMS_TOKEN_FILE", "the same for SUKSALA_SMS_TOKEN"),
    ("SUKSALA_PG_BIN", "folder of the PostgreSQL programs to use for the embedded cluster"),
    (
        "SUKSALA_PG_USER",
        "existing unprivileged user that runs the embedded cluster when root starts it; default nobody",
    ),
    ("SUKSALA_HOSTS", "host names this server answers to, with commas; default localhost"),
    (
        "SUKSALA_PUBLIC_URL",
        "address by which people and programs reach this server, such as https://health.example.go.th; its host is "
        "answered to, forms may come from it, FHIR links lead to it; unset: as each request says",
    ),
    (
        "SUKSALA_WEBHOOK_HOSTS",
        "hosts, with their port if it is not the scheme's, that notifications of subscriptions may be sent to; "
        "default none",
    ),
    (
        "SUKSALA_WEBSOCKET_PORT",
        "port on which notifications are told over WebSockets, 1 to 65535; a proxy passes /websocket to it; "
        "default none",
    ),
    (
        "SUKSALA_PROXIES",
        "how many proxies of your own a request passes, 0 to 3: who asks is told by the last of them; default 0",
    ),
    (
        "SUKSALA_BUDGETS",
        "how much each client may ask, such as rate=10 burst=50 patients=1000 exports=2 person=120 clerk=30; off: no "
        "bound",
    ),
    ("SUKSALA_PROVIDERS", "file (TOML) of ThaiD, Provider ID and hospitals' identity providers; default none"),
    (
        "SUKSALA_CLAMD",
        "unix socket of ClamAV's clamd, such as /run/clamav/clamd.ctl: files inside FHIR resources are scanned before "
        "they are taken; default none",
    ),
    (
        "SUKSALA_SMS_GATEWAY",
        "https address to which text messages are handed over; one in a network of your own names that behind a blank "
        "(https://sms.local/send 10.0.0.0/8); default none, and no page speaks of codes by SMS",
    ),
    ("SUKSALA_SMS_TOKEN", "the secret that proves us there; a gateway without one is refused"),
    ("SUKSALA_SMS_PER_HOUR", "how many codes are sent in an hour to all telephones together; default 600"),
    (
        "SUKSALA_MASTER_KEY",
        "the master key in base64 instead of <data>/keys/master.key; with blanks, later keys behind it",
    ),
    ("SUKSALA_BACKUPS", "folder where encrypted copies wait for another machine; default <data>-backups"),
    (
        "SUKSALA_BACKUP_KEY",
        "PEM file of the public key that `suksala backup copy` encrypts for; its private half is on no server; default "
        "none",
    ),
    ("SUKSALA_BACKUP_HOURS", "how old the newest copy may be, here and on the other machine; default 26"),
    (
        "SUKSALA_EPOCH_KEYS",
        "folder of the keys of emergency copies, in no backup; default <data>-epoch-keys",
    ),
    (
        "SUKSALA_REVIEW_PERCENT",
        "with more emergency openings unreviewed a facility makes no new ones; default 5",
    ),
    ("SUKSALA_REVIEW_DAYS", "after so many days an opening counts as unreviewed, 7 to 90; default 14"),
    ("SUKSALA_AUDIT_NAME", "name of this node's audit log, such as a.example/audit; default made from its key"),
    (
        "SUKSALA_AUDIT_WITNESSES",
        "nodes that co-sign this log, each ADDRESS#WITNESS-KEY, with blanks; default none",
    ),
    (
        "SUKSALA_AUDIT_QUORUM",
        "of how many witnesses a co-signature is wanted before what crosses facilities stops; default more than half",
    ),
    ("SUKSALA_AUDIT_LOGS", "keys of the logs that this node co-signs, with blanks between; default none"),
    ("SUKSALA_DEMO", "1: made-up data, sign-in as anybody; set by `suksala demo`, never with people's data"),
    ("SUKSALA_DEBUG", "1: Django's pages of errors, for developers; never with people's data"),
)


def cli() -> str:
    """The page: every verb with its help and options, exit codes, environment, error codes."""
    return "\n".join([*_head(), *_verbs(), *_tables()]) + "\n"


def verbs() -> dict[str, Any]:
    """Every command that can be called, by the words that call it, in the order of the help."""
    found: dict[str, Any] = {}

    def walk(group: Any, words: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            if isinstance(command, TyperGroup):
                walk(command, (*words, name))
            else:
                found[" ".join((*words, name))] = command

    walk(typer.main.get_command(app), ("suksala",))
    return found


def errors() -> list[type[SuksalaError]]:
    """The errors of settings, operations and the command line, by code."""
    from suksala.operations import OperationsError

    own = [failures.BadUsage, failures.Unexpected, OtherDemo, RealData, NotFinished]
    own += [settings.BadPublicUrl, settings.BadPort, keys.KeyIsGiven, keys.BadMasterKey]
    own += [secret_files.BadSecretFile]
    return sorted([*OperationsError.__subclasses__(), *own], key=lambda kind: kind.code)


def _head() -> Iterator[str]:
    yield "# Command line · คำสั่ง"
    yield ""
    yield "Printed from the code by `make docs`; do not edit. `--json` prints one JSON document on stdout and nothing"
    yield "else; progress goes to stderr, as bars on a terminal and as plain lines elsewhere."


def _verbs() -> Iterator[str]:
    for words, command in verbs().items():
        yield f"\n## {words}\n"
        yield "\n".join(line.strip() for line in (command.help or "").splitlines()).strip()
        rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            yield "\n| option | default | meaning |\n|---|---|---|"
            yield from rows


def _parameter(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name.upper()}`"
    elif parameter.metavar:
        names += f" {parameter.metavar}"
    default = "required" if parameter.required else _default(parameter.default)
    return f"| {names} | {default} | {parameter.help or ''} |"


def _default(value: object) -> str:
    return {None: "", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)


def _tables() -> Iterator[str]:
    yield "\n## Exit codes · รหัสจบการทำงาน\n\n| code | meaning | ความหมาย |\n|---|---|---|"
    yield from (f"| {code} | {en} | {th} |" for code, en, th in EXIT_CODES)
    yield "\n## Environment\n\n| name | meaning |\n|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in ENVIRONMENT)
    yield "\n## Error codes of settings, operations and the command line\n\n| code | name | meaning |\n|---|---|---|"
    yield from (f"| {kind.code} | `{kind.__name__}` | {(kind.__doc__ or '').strip()} |" for kind in errors())
