"""The district's figures: the same numbers on every way down, and the people behind them."""

from __future__ import annotations

import csv
import io
import re

import pytest
from psycopg.types.json import Jsonb

from suksala import warehouse
from suksala.foundation import database
from suksala.standards.thai_codes import period
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import FAR, PERIODS, World
from tests.journeys.visiting import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


def page(address: str) -> str:
    return text(signed_in("district-1901"), address)


def rows(address: str) -> list[dict[str, str]]:
    answer = signed_in("district-1901").get(address)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_indicator_stands_on_the_first_page(pages_world: World) -> None:
    shown = page("/district/")
    for measure in warehouse.definitions():
        assert measure.name.th in shown
        assert f'href="/district/{measure.code}/?period=2569Q4"' in shown


def test_the_page_says_what_the_warehouse_says(pages_world: World) -> None:
    report = warehouse.measure("dm-controlled", period("2569Q4"), area="1901")
    assert report.b > 0
    shown = page("/district/dm-controlled/?period=2569Q4")
    assert f'<p class="skl-figure">{report.a} <small' in shown
    assert f'<p class="skl-figure">{report.b} <small' in shown
    assert report.definition_hash in shown
    assert report.snapshot in shown
    assert "เหตุการณ์" not in shown  # of identity: its number counts what everybody links


def test_the_csv_holds_the_same_numbers_and_facilities_add_up(pages_world: World) -> None:
    district, *facilities = rows("/district/dm-controlled/figures.csv?period=2569Q4")
    assert (district["area"], {f["area"] for f in facilities}) == ("1901", {HOSPITAL, OTHER})
    for operand in ("a", "b"):
        assert int(district[operand]) == sum(int(f[operand]) for f in facilities)
    assert "identity_event" not in district
    [same] = [r for r in rows("/district/figures.csv?period=2569Q4") if r["code"] == "dm-controlled"]
    assert same == district


def test_the_trend_has_a_table_with_every_quarter(pages_world: World) -> None:
    shown = page("/district/dm-controlled/")
    for quarter in PERIODS:
        assert f">{quarter}</th>" in shown


def test_the_list_behind_a_facilitys_figure_holds_as_many_people_as_the_figure(pages_world: World) -> None:
    where = HOSPITAL if warehouse.measure("dm-controlled", period("2569Q4"), area=HOSPITAL).b else OTHER
    report = warehouse.measure("dm-controlled", period("2569Q4"), area=where)
    base = f"/district/dm-controlled/{where}/"
    assert f'href="{base}people/?period=2569Q4"' in page(f"{base}?period=2569Q4")
    listed = [page(f"{base}people/?period=2569Q4&group={g}").count('<th scope="row"') for g in ("out", "in")]
    assert listed == [report.b - report.a, report.a]


def wider() -> list[list[str]]:
    """The rows of the wider areas, cell by cell."""
    shown = page("/district/dm-controlled/?period=2569Q4")
    [table] = re.findall(r'id="wider".*?<tbody[^>]*>(.*?)</tbody>', shown, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("</tr>")[:-1]]


def test_wider_areas_of_few_people_are_not_shown(pages_world: World) -> None:
    """T20: the province and the country of the made-up world hold fewer than five; the page says why in plain words."""
    assert wider() == [["จังหวัดสระบุรี", "ไม่แสดง"], ["ทั้งประเทศ", "ไม่แสดง"]]
    shown = page("/district/dm-controlled/?period=2569Q4")
    assert "ไม่แสดง: น้อยกว่า 5 คน หรือทำให้คำนวณย้อนถึงกลุ่มที่น้อยกว่า 5 คนได้ เพื่อความเป็นส่วนตัว" in shown


def test_wider_areas_are_told_rounded_and_as_of_last_month(pages_world: World) -> None:
    """The team sees its own district exactly, and of people elsewhere what is released."""
    database.execute(
        "INSERT INTO warehouse_run (code, version, period, definition_hash, snapshot, as_of) "
        "VALUES ('dm-controlled', '2564', '2569Q4', %s, 'last month', now() - interval '40 days')",
        ["0" * 32],
    )
    for hospcode, a, b in ((HOSPITAL, 34, 61), (OTHER, 43, 88), (FAR, 102, 203)):
        database.execute(
            "INSERT INTO warehouse_result (run_id, hospcode, counts, excluded, contested) "
            "SELECT id, %s, %s, '{}', 0 FROM warehouse_run WHERE snapshot = 'last month'",
            [hospcode, Jsonb({"A": a, "B": b})],
        )
    assert wider() == [["จังหวัดสระบุรี", "75", "150", "50.00"], ["ทั้งประเทศ", "180", "350", "51.43"]]  # 77/149, 179/352
    shown = page("/district/dm-controlled/?period=2569Q4")
    assert '<p class="skl-figure">77 <small' in shown  # of the own people exactly
    assert '<p class="skl-figure">149 <small' in shown


def test_an_unknown_quarter_shows_the_newest(pages_world: World) -> None:
    for odd in ("", "?period=2599Q9", "?period="):
        assert re.search(r'value="2569Q4" selected', page(f"/district/{odd}"))
