"""What the names of zips and their entries say; a name is looked up and never used as a path."""

from __future__ import annotations

import pytest

from suksala.standards.file43 import file_named, zip_name


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("PERSON.txt", "PERSON"),
        ("person.TXT", "PERSON"),
        ("Diagnosis_Opd.txt", "DIAGNOSIS_OPD"),
        ("accident_10953_20251101103000.txt", "ACCIDENT"),  # one program adds sender and time
        ("diagnosis_opd_10953_20251101.txt", "DIAGNOSIS_OPD"),
        ("F43_10953_20261101103000/PERSON.txt", "PERSON"),  # one folder, as most exporters make
        ("F43_10953_20261101103000\\PERSON.txt", "PERSON"),
        ("SURVEILANCE.txt", "SURVEILLANCE"),  # seen in public tools
        ("disablity.txt", "DISABILITY"),
        ("PERSON .txt", "PERSON"),
        ("person.txt.txt", "PERSON"),  # Windows hides the first one
        ("LABFU.csv", None),
        ("PERSON", None),
        ("DRUG_OLD.txt", None),  # no file of the standard
        ("PERSON_backup.txt", None),  # only digits may follow the name
        ("PERSON.txt/", None),  # a folder of that name
        ("../PERSON.txt", None),
        ("/PERSON.txt", None),
        ("C:\\data\\PERSON.txt", None),
        ("a/b/PERSON.txt", None),
        ("", None),
    ],
)
def test_which_file_an_entry_is(entry: str, file: str | None) -> None:
    """The rest of an entry's name decides nothing."""
    found = file_named(entry)
    assert (found.name if found else None) == file


@pytest.mark.parametrize(
    ("name", "hospcode", "exported_at"),
    [
        ("F43_10953_20261101103000.zip", "10953", "2026-11-01T10:30:00"),
        ("f43_10953_25691101103000.ZIP", "10953", "2026-11-01T10:30:00"),  # Buddhist year, one exporter
        ("F43_10953_25670229000000.zip", "10953", "2024-02-29T00:00:00"),  # 2567 has no 29 February, 2024 has
        ("upload/F43_10953_20261101103000.zip", "10953", "2026-11-01T10:30:00"),
        ("10953_20261101103000 (2).zip", "10953", "2026-11-01T10:30:00"),
        ("F43_10953_20261301103000.zip", "10953", None),  # no 13th month
        ("F43_10953_20261101106000.zip", "10953", None),  # no 60th minute
        ("F43_10953.zip", "10953", None),
        ("F43_109530_20261101103000.zip", None, None),  # six digits are no facility
        ("export.zip", None, None),
    ],
)
def test_sender_and_export_time_from_a_zips_name(name: str, hospcode: str | None, exported_at: str | None) -> None:
    """Bangkok local time. Both come out Gregorian, so that two exporters' zips can be put in order."""
    found = zip_name(name)
    assert found.hospcode == hospcode
    assert (found.exported_at.isoformat() if found.exported_at else None) == exported_at
