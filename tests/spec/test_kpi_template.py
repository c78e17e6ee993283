"""The KPI template as data: what a definition file must hold, and how it is downloaded (S1.1-S1.25)."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from importlib import resources

import pytest

from suksala.warehouse import definition, definitions, download
from suksala.warehouse.definitions import read
from suksala.warehouse.errors import BadDefinition, NoVersion, UnknownMeasure

GOOD = (resources.files("suksala.warehouse") / "measures" / "kpi_068_1.toml").read_text(encoding="utf-8")


def test_the_indicators_of_this_installation() -> None:
    """In sort order; each with Thai and English texts, at least one version and operands that its formula uses."""
    assert [m.code for m in definitions()] == [
        "dm-controlled",
        "hba1c-tested",
        "ht-controlled",
        "ht-controlled-two-visits",
        "dm-screened",
        "ht-screened",
        "068.1",
        "068.2",
    ]
    for measure in definitions():
        for text in (measure.name, measure.definition, measure.unit, measure.target_population, measure.collection):
            assert text.th.strip()
            assert text.en.strip()
        assert {"A", "B"} <= {o.name for o in measure.operands}
        assert all(reference.startswith("docs/readings.md#r-") for reference in measure.documents)


@pytest.mark.parametrize(
    ("find", "put", "field"),
    [
        ('code = "068.1"\n', "", "code"),
        ('number = "068.1"', "number = 68.1", "number"),  # S1.6: a number of a KPI is a text
        ("sort_order = 60", "sort_order = true", "sort_order"),
        ('level = "country"', 'level = "village"', "level"),
        ('formula = "(A/B)x100"', 'formula = "(A/B)x100; import os"', "formula"),
        ('formula = "(A/B)x100"', 'formula = "(A/D)x100"', "operands.D"),
        ('operator = ">="', 'operator = "=>"', "versions[0].operator"),
        ('target = "1.5"', 'target = "1,5"', "versions[0].target"),
        ('Q2 = "0.5"', 'Q5 = "0.5"', "versions[0].thresholds.Q5"),
        ("[3, 8]", "[3, 13]", "versions[0].evaluation_months"),
        ('age_reference = "period-end"', 'age_reference = "birthday"', "versions[0].age_reference"),
        ("FROM phr_fact", "FROM person", "versions[0].sql"),  # only silver tables
        ("r.hospcode, r.person, r.contested", "r.hospcode, r.person, 1 / 1 AS contested", "versions[0].sql"),
        ("c.reason, c.contested,", "c.reason,", "versions[0].sql"),  # a column is missing
        ("s.first_on <= :period_end THEN 1 ELSE 0 END AS in_c", "1 = 1 THEN 1 ELSE 0 END AS in_d", "versions 2561 sql"),
        ("[flags]\n", "[flags]\nglobal = true\n", "flags.global"),  # a slip in a name does not pass
        ("[[versions]]", "[[version]]", "versions"),
        ("code =", "code", "TOML"),
    ],
)
def test_a_definition_with_a_fault_is_refused(find: str, put: str, field: str) -> None:
    """The sentence names the file and the field, in Thai and in English."""
    assert find in GOOD
    with pytest.raises(BadDefinition) as refusal:
        read("my_kpi.toml", GOOD.replace(find, put, 1))
    assert refusal.value.en.startswith(("definition my_kpi.toml, field " + field, f"my_kpi.toml {field}"))
    assert "my_kpi.toml" in refusal.value.th


def test_versions_must_not_overlap() -> None:
    """Two ways of counting one year would be two truths."""
    again = GOOD[GOOD.index("[[versions]]") :].replace('name = "2561"', 'name = "2563"')
    newer = again.replace("first_year = 2561", "first_year = 2563")
    with pytest.raises(BadDefinition, match="overlaps"):
        read("my_kpi.toml", GOOD + newer)
    older_ends = GOOD.replace("first_year = 2561", "first_year = 2561\nlast_year = 2562")
    measure = read("my_kpi.toml", older_ends + newer)
    assert [measure.version(year).name for year in (2561, 2562, 2563, 2600)] == ["2561", "2561", "2563", "2563"]


def test_a_year_without_a_version_and_an_unknown_code() -> None:
    """Both edges of the years of a definition (S1.4)."""
    assert definition("ht-controlled").version(2565).name == "2557"
    assert definition("ht-controlled").version(2566).name == "2566"
    with pytest.raises(NoVersion):
        definition("068.1").version(2560)
    with pytest.raises(UnknownMeasure):
        definition("68.1")


def test_less_is_better_where_the_sheet_says_so() -> None:
    """S1.12: the operator is data; `<=` passes at the target and below, `between` inside and at both ends."""
    less = read("k.toml", GOOD.replace('operator = ">="', 'operator = "<="')).version(2561)
    assert [less.passed(Decimal(v), 4) for v in ("1.4", "1.5", "1.51")] == [True, True, False]
    band = read("k.toml", GOOD.replace('operator = ">="', 'operator = "between"\ntarget_high = "2"')).version(2561)
    assert [band.passed(Decimal(v), 4) for v in ("1.49", "1.5", "2", "2.01")] == [False, True, True, False]
    none = read("k.toml", GOOD.replace('operator = ">="', 'operator = "none"')).version(2561)
    assert none.passed(Decimal(100), 4) is None


def test_the_definition_hash_changes_with_the_counting_only() -> None:
    """A reworded remark is the same figure; another limit, formula or age rule is another."""

    def digest(text: str) -> str:
        measure = read("k.toml", text)
        return measure.hash(measure.versions[0], "silver")

    same = [
        GOOD,
        GOOD.replace("remarks_en", "remarks_en", 1).replace("Q2 = ", "Q2   = "),
        GOOD.replace("  FROM", "   FROM"),
    ]
    assert len({digest(text) for text in same}) == 1
    other = [
        GOOD.replace("r.age > 59", "r.age > 60"),
        GOOD.replace("x100", "x1000"),
        GOOD.replace("period-end", "none"),
    ]
    assert len({digest(text) for text in [GOOD, *other]}) == 4


def test_download_as_json() -> None:
    """S1.25: nothing of the sheet is lost, and numbers keep their digits."""
    found = json.loads(download(definition("068.1"), "json"))
    assert found["number"] == "068.1"
    assert found["operands"][0] == {
        "name": "A",
        "definition": {
            "th": "ผู้อยู่ในตัวหารที่เปิดดูข้อมูลสุขภาพของตนเองแล้วอย่างน้อย 1 ครั้ง",
            "en": "Of B, opened their own record at least once",
        },
        "unit": {"th": "คน", "en": "people"},
    }
    assert found["versions"][0]["thresholds"] == {"Q2": "0.5", "Q3": "1.0", "Q4": "1.5"}
    assert found["last_update"] == "2021-03-24 14:22:39"


def test_download_as_csv_and_markdown() -> None:
    """Every field stands in both, in Thai and in English."""
    for measure in definitions():
        text = download(measure, "csv")
        assert text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
        assert {len(row) for row in rows} == {3}
        assert ["ชื่อตัวชี้วัด · Name", measure.name.th, measure.name.en] in rows
        page = download(measure, "md")
        assert page.startswith(f"# {measure.code} · {measure.name.th}")
        assert page.count("```sql") == len(measure.versions)
    with pytest.raises(ValueError, match="json, csv, md"):
        download(definition("068.1"), "xls")
