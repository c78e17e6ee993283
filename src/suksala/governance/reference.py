"""Pages of docs/reference for auditors: privacy classes with the columns that bear them, keys, logs, whom the program
speaks with, how fast packages are mended (`make docs`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from .connections import EXPLOITED_DAYS, MENDED, OTHERWISE_DAYS, PEERS
from .processing import Term
from .safeguards import CLASSES, DERIVED, KEYS, LIBRARY_TABLES, LOGS, WITHOUT_MODEL, PrivacyClass

CLASSES_HEAD = """# Privacy classes · ชั้นความเป็นส่วนตัว

Printed from the code by `make docs`; do not edit. Every stored column has one class; each demands what those before it
demand, and more. Files (zips as they were sent, the lake, exports) hold what was sent, national numbers too, and so do
the bodies of resources: the data folder is closed to other users, and its disk is to be encrypted by the operator.
"""
KEYS_HEAD = """# Keys and secrets · กุญแจและความลับ

Printed from the code by `make docs`; do not edit. Ciphers are those of the packages `cryptography` and `joserfc`,
random numbers the operating system's. `suksala doctor` looks at the folders of keys.
"""
PURPOSES_HEAD = """## What keys are derived from the master key for

Each purpose has a key of its own; none tells another.
"""
LOGS_HEAD = """# Logs · บันทึก

Printed from the code by `make docs`; do not edit. Nothing else is written down of what happens; what people decided
(links, consents, reviews, receipts) is part of the record. Times are UTC, by one clock.
"""
PEERS_HEAD = """# Connections · การเชื่อมต่อออก

Printed from the code by `make docs`; do not edit. Whom Suksala connects to of its own accord. There is nobody else: no
mail, no telemetry, no fetching of what users name. Browsers and programs connect to it, through the
operator's web server with TLS (how-to/run-on-a-server.md).
"""
MENDED_HEAD = f"""# Packages · แพ็กเกจ

Printed from the code by `make docs`; do not edit. Every package is pinned by version and hash; `make sbom` writes the
inventory (CycloneDX) that scanners read. Days count from the day on which a weakness is published to the day on which
the mended version is installed, or on which it is written down why the weakness is not reached.

A weakness that attackers use already: {EXPLOITED_DAYS} days, whatever its score. Every package is brought up to date at
least every {OTHERWISE_DAYS} days (`make lock`, then the tests). `make check` fails when
packages are overdue, or a weakness that stands in requirements/weaknesses.toml is past its days. The days are this
house's own: who runs Suksala may set others.

ช่องโหว่ที่ถูกใช้โจมตีแล้วต้องแก้ใน {EXPLOITED_DAYS} วัน ไม่ว่าคะแนนเท่าใด ทุกแพ็กเกจปรับเป็นรุ่นล่าสุดอย่างน้อยทุก {OTHERWISE_DAYS} วัน
"""


def class_of(table: str, comment: str) -> str:
    """The privacy class of a column: what its comment begins with, or its library's; "" where it has none."""
    library = (found for name, found in LIBRARY_TABLES if name.fullmatch(table))
    told = comment.partition(":")[0]
    return told if told in {one.code for one in CLASSES} else next(library, "")


def columns_of_models() -> Iterator[tuple[str, str, str]]:
    """(table, column, comment) of every model, without asking the database."""
    from django.apps import apps

    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field.column:
                yield model._meta.db_table, field.column, field.db_comment or ""


def classes_markdown() -> str:
    """Privacy classes: what each means and demands, and which columns bear it. Needs Django's models, no database."""
    columns = sorted([*columns_of_models(), *((table, "all", "technical") for table in WITHOUT_MODEL)])
    return "\n".join([CLASSES_HEAD, *(_class(one, columns) for one in CLASSES)])


def keys_markdown() -> str:
    """Every key and secret: what it guards, where it lies, how it is turned."""
    rows = [(f"`{one.code}`", one.kind, _both(one.guards), one.place, _both(one.turned)) for one in KEYS]
    kept = _table(("key", "kind", "guards · คุ้มครอง", "where · อยู่ที่", "ends, is turned · สิ้นสุด เปลี่ยน"), rows)
    purposes = _table(("purpose", "for"), [(f"`{purpose}`", what) for purpose, what in sorted(DERIVED.items())])
    return "\n".join([KEYS_HEAD, kept, PURPOSES_HEAD, purposes])


def logs_markdown() -> str:
    """Every log: what is in it, where, how long, and who reads it."""
    rows = [(f"`{one.code}`", _both(one.holds), one.place, _both(one.kept), _both(one.readers)) for one in LOGS]
    header = ("log", "holds · มีอะไร", "where · อยู่ที่", "kept · เก็บนาน", "readers · ผู้อ่าน")
    return "\n".join([LOGS_HEAD, _table(header, rows)])


def connections_markdown() -> str:
    """Whom the program speaks with: how, when, how long it waits, and what happens without them."""
    rows = [
        (f"`{one.code}`", _both(one.who), one.protocol, _both(one.when), one.address, one.limit, _both(one.without))
        for one in PEERS
    ]
    header = ("peer", "who · ใคร", "protocol", "when · เมื่อใด", "address from", "waits", "without it · เมื่อไม่ตอบ")
    return "\n".join([PEERS_HEAD, _table(header, rows)])


def packages_markdown() -> str:
    """Within how many days weak packages are mended, by severity."""
    rows = [(one.severity, f"{one.lowest} and more", str(one.days)) for one in MENDED]
    return "\n".join([MENDED_HEAD, _table(("severity · ความรุนแรง", "CVSS 4.0", "days · วัน"), rows)])


def _class(one: PrivacyClass, columns: Iterable[tuple[str, str, str]]) -> str:
    kept: dict[str, list[str]] = defaultdict(list)
    for table, column, comment in columns:
        if class_of(table, comment) == one.code:
            kept[table].append(column)
    demands = [f"* {_both(demand.says)}" for demand in one.adds]
    tables = [(f"`{table}`", ", ".join(names)) for table, names in kept.items()]
    head = f"## {one.code}\n\n{_both(one.means)}\n"
    return "\n".join([head, *demands, "", _table(("table", "columns"), tables)])


def _both(term: Term) -> str:
    return f"{term.th} · {term.en}"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"
