"""Make the tables of `standards.file43` and `standards.fhir` from a folder of evidence about the 43-file standard.

    python tools/make_file43_tables.py EVIDENCE_FOLDER

The evidence (f43.csv, files.csv, codes/) carries a source and a confidence for every fact; the package keeps only
what a reader of files needs. Keys, service dates and closed lists are decided here and argued in docs/readings.md.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

STANDARDS = Path(__file__).parents[1] / "src/suksala/standards"
OUT = STANDARDS / "file43/data"

# Where the sources differ, or the ministry sheet has no usable key: docs/readings.md.
KEYS = {
    "SERVICE": "HOSPCODE PID SEQ",
    "ADMISSION": "HOSPCODE PID AN",
    "DATA_CORRECT": "HOSPCODE TABLENAME DATA_CORRECT D_UPDATE",
    "POLICY": "HOSPCODE POLICY_ID POLICY_YEAR POLICY_DATA",
}

# The date that says in which fiscal year a row was earned; registers of a last state have none.
SERVICE_DATES = {
    "DEATH": "DDEATH",
    "ACCIDENT": "DATETIME_SERV",
    "ADMISSION": "DATETIME_ADMIT",
    "DIAGNOSIS_IPD": "DATETIME_ADMIT",
    "DRUG_IPD": "DATETIME_ADMIT",
    "PROCEDURE_IPD": "DATETIME_ADMIT",
    "CHARGE_IPD": "DATETIME_ADMIT",
    "LABOR": "BDATE",
    "NEWBORN": "BDATE",
    "POSTNATAL": "PPCARE",
    "NEWBORNCARE": "BCARE",
    "COMMUNITY_ACTIVITY": "DATE_START",
    "CLINICAL_REFER": "DATETIME_ASSESS",
    "DRUG_REFER": "DATETIME_DSTART",
    "INVESTIGATION_REFER": "DATETIME_INVEST",
    "PROCEDURE_REFER": "TIMESTART",
    "REFER_HISTORY": "DATETIME_REFER",
    "REFER_RESULT": "DATETIME_IN",
}

# Spellings seen in public tools.
FILE_ALIASES = {"SURVEILLANCE": "SURVEILANCE", "DISABILITY": "DISABLITY"}

# Evidence columns that name a list outside the standard.
VOCABULARIES = {
    "HCODE 5": "hcode5",
    "HCODE 9": "hcode9",
    "ICD-10-TM": "icd10tm",
    "ICD-9-CM or ICD-10-TM": "procedure",
    "24-digit drug code, TMT or local": "drug",
}

# A list is closed when the standard itself prints all its values. Ministry sheets that change by fiscal
# year, lists known from one source only, and tables whose code is not the whole cell stay open.
CLOSED_SHEETS = {
    "chargeitem", "chronic_typedisch", "council", "disabcause", "disabtype", "discharge", "dischstatus", "dischtype",
    "nofpcause", "caretype", "emergency", "ptype", "refer_causeout", "refer_result", "typeout", "village_garbage",
    "village_wastewater", "women_fptype",
}  # fmt: skip
NOT_CLOSED = {"accident_urgency", "birthno", "pregdeath", "gum", "ancno"}

# Columns of a code table that are facts about the code and not about its evidence.
EXTRA = {"prename": ("full_th", "sex"), "code506": ("icd10", "in_57_list"), "ppspecial": ("is_active",)}
# SIL-TH prints other meanings under these systems' codes, so a 43-file code may not be put into them.
OTHER_MEANING = {"accident_urgency", "village_garbage"}
# Systems the evidence names elsewhere than beside the table.
SYSTEMS = {"admission_typein": "cs-thcc-admit-source"}
NOT_TABLES = {"_index", "_label_differences", "labtest_keymap"}


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV file as dictionaries, every value stripped."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(stream)]


def write(path: Path, header: tuple[str, ...], body: Iterable[Iterable[str]]) -> None:
    """Write one table, LF line ends, header first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(body)


def key_of(row: Mapping[str, str]) -> str:
    """The key we go by: the ministry sheet's, without the nine-character facility codes that v2.4 lacks."""
    return KEYS.get(row["file"]) or " ".join(k for k in row["key_ministry_sheet"].split() if "9" not in k)


def service_date_of(file: str, fields: list[dict[str, str]]) -> str:
    """The service date of a file, or blank."""
    own = {f["field"] for f in fields if f["file"] == file}
    return SERVICE_DATES.get(file) or ("DATE_SERV" if "DATE_SERV" in own else "")


def make_structure(source: Path) -> None:
    """Write files.csv and fields.csv."""
    files, fields = rows(source / "files.csv"), rows(source / "f43.csv")
    keys = {f["file"]: key_of(f).split() for f in files}
    write(
        OUT / "files.csv",
        ("number", "file", "kind", "key", "service_date", "link", "since", "aliases", "description_en"),
        (
            (f["no"], f["file"], f["kind"], key_of(f), service_date_of(f["file"], fields), f["link"],
             f["since_version"], FILE_ALIASES.get(f["file"], ""), f["description_en"])
            for f in files
        ),
    )  # fmt: skip
    header = ("file", "field", "type", "width", "scale", "required", "key", "code_table", "vocabulary", "since",
              "aliases", "description_en")  # fmt: skip
    write(OUT / "fields.csv", header, (field_row(f, keys) for f in fields))


def field_row(f: Mapping[str, str], keys: Mapping[str, list[str]]) -> tuple[str, ...]:
    """One line of fields.csv; the nine-character codes are not required, for no v2.4 sender has them (R-08)."""
    vocabulary = VOCABULARIES.get(f["code_table"], "")
    required = f["required"] if f["code_table"] != "HCODE 9" else "N"
    key = "Y" if f["field"] in keys[f["file"]] else "N"
    table = "" if vocabulary else f["code_table"]
    return (f["file"], f["field"], f["type"], f["width"], f["scale"], required, key, table, vocabulary,
            f["since_version"], f["aliases"], f["description_en"])  # fmt: skip


def is_closed(index: Mapping[str, str]) -> bool:
    """Is every value of this list known, so that another value is a fault?"""
    printed = "43-file structure" in index["primary_source"] and index["table"] not in NOT_CLOSED
    return printed or index["table"] in CLOSED_SHEETS


def code_row(table: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """A code with its Thai and English label; a blank one is read as the other."""
    code = row.get("code") or row.get("error_code", "")
    th = row.get("name_th") or row.get("text_th", "")
    en = row.get("name_en") or row.get("meaning_en", "")
    return (code, th, en if en != th else "", *(row[e] for e in EXTRA.get(table, ())))


def make_codes(source: Path) -> None:
    """Write code_tables.csv and codes/*.csv."""
    index = [i for i in rows(source / "codes/_index.csv") if i["table"] not in NOT_TABLES]
    write(
        OUT / "code_tables.csv",
        ("table", "closed", "title_en", "used_by"),
        ((i["table"], "Y" if is_closed(i) else "N", i["title"], i["used_by"]) for i in index),
    )
    for i in index:
        table = i["table"]
        body = (code_row(table, r) for r in rows(source / f"codes/{table}.csv"))
        write(OUT / f"codes/{table}.csv", ("code", "th", "en", *EXTRA.get(table, ())), body)


def system_of(index: Mapping[str, str]) -> str:
    """Last part of the SIL-TH code system that the evidence names for a table, or blank."""
    named = re.search(
        r"terms\.sil-th\.org/core/CodeSystem/([a-z0-9-]+)", f"{index['primary_source']} {index['second_source']}"
    )
    found = named[1] if named else SYSTEMS.get(index["table"], "")
    return "" if index["table"] in OTHER_MEANING else found


def make_code_systems(source: Path) -> None:
    """Write fhir/data/code_systems.csv."""
    named = ((i["table"], system_of(i)) for i in rows(source / "codes/_index.csv") if i["table"] not in NOT_TABLES)
    write(STANDARDS / "fhir/data/code_systems.csv", ("table", "system"), (pair for pair in named if pair[1]))


def main() -> None:
    """Read the folder named on the command line."""
    source = Path(sys.argv[1])
    make_structure(source)
    make_codes(source)
    make_code_systems(source)


if __name__ == "__main__":
    main()
