"""Made-up deposits: rows with only what a test is about said, zips of them, and sending one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from suksala import ingest, registry
from suksala.standards.file43 import FILES
from suksala.standards.thai_codes import citizen_number

HOSPITAL, OTHER = "99901", "99902"
ZIP_NAME = f"F43_{HOSPITAL}_20261101090000.zip"

# One plausible value per field: what a row says when a test says nothing about it.
USUAL: Mapping[str, str] = {
    "HOSPCODE": HOSPITAL,
    "PID": "000001",
    "SEQ": "1001",
    "CID": citizen_number.synthetic(1),
    "DATE_SERV": "20261001",
    "D_UPDATE": "20261001120000",
    "NAME": "มะลิ",
    "LNAME": "ใจดี",
    "PRENAME": "003",
    "SEX": "2",
    "BIRTH": "19600501",
    "NATION": "099",
    "TYPEAREA": "1",
    "DISCHARGE": "9",
    "INSTYPE": "0100",
    "TYPEIN": "1",
    "TYPEOUT": "1",
    "SERVPLACE": "1",
    "PRICE": "100.00",
    "PAYPRICE": "0.00",
    "ACTUALPAY": "0.00",
    "DIAGTYPE": "1",
    "DIAGCODE": "E119",
    "CLINIC": "00100",
    "PROVIDER": "D01",
    "LABTEST": "0531601",
    "LABRESULT": "7.1",
    "DATE_DIAG": "20200101",
    "CHRONIC": "E119",
    "TYPEDISCH": "03",
    "WEIGHT": "60.5",
    "HEIGHT": "160",
    "WAIST_CM": "80",
    "SBP": "130",
    "DBP": "80",
    "FOOT": "1",
    "RETINA": "1",
    "TABLENAME": "SERVICE",
}


def header(file: str, without: Sequence[str] = ()) -> list[str]:
    """Columns of version 2.4 of a file: what most exporters send."""
    return [f.name for f in FILES[file].fields if f.since_version != "2.4.1" and f.name not in without]


def row(file: str, columns: Sequence[str] | None = None, **said: str) -> str:
    """One row; `said` names fields and their texts, the others are usual."""
    return "|".join(said.get(name, USUAL.get(name, "")) for name in columns or header(file))


def text(file: str, *rows: Mapping[str, str], columns: Sequence[str] | None = None, newline: str = "\r\n") -> str:
    """A whole file: header and rows."""
    names = list(columns or header(file))
    return newline.join(["|".join(names), *(row(file, names, **said) for said in rows), ""])


def zipped(files: Mapping[str, str | bytes], encoding: str = "utf-8") -> bytes:
    """A zip with these entries, texts encoded."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(name, body if isinstance(body, bytes) else body.encode(encoding))
    return out.getvalue()


def register(folder: Path) -> None:
    """Two made-up facilities."""
    path = folder / "facilities.csv"
    path.write_text(
        "hospcode,name_th,name_en,kind,province,district,subdistrict,network\n"
        f"{HOSPITAL},โรงพยาบาลสมมติ,Made-up Hospital,hospital,19,1901,,\n"
        f"{OTHER},รพ.สต.สมมติ,Made-up Unit,subdistrict-unit,19,1901,,\n",
        encoding="utf-8",
    )
    registry.import_facilities(path)


def send(files: Mapping[str, str | bytes] | bytes, name: str = ZIP_NAME, sender: str | None = None) -> ingest.Receipt:
    """Receive and apply; the receipt."""
    body = files if isinstance(files, bytes) else zipped(files)
    deposit = ingest.receive(io.BytesIO(body), file_name=name, sender=sender)
    return ingest.apply(deposit.id)


def file_of(receipt: ingest.Receipt, file: str) -> ingest.FileReceipt:
    """The receipt of one file of a deposit."""
    return next(f for f in receipt.files if f.file == file)


def found(receipt: ingest.Receipt, file: str) -> dict[str, tuple[int, list[int]]]:
    """rule id -> (rows, lines of the first) for one file."""
    return {p.rule.id: (p.count, [s.line for s in p.samples]) for p in file_of(receipt, file).problems}
