"""The district's figures: the same numbers on every way down, and the people behind them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from suksala import warehouse
from suksala.standards.thai_codes import period
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import PERIODS, World
from tests.journeys.test_pages_access import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


def page(address: str) -> str:
    answer = signed_in("district-1901").get(address)
    assert answer.status_code == 200
    return answer.content.decode()


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


def test_the_csv_holds_the_same_numbers_and_facilities_add_up(pages_world: World) -> None:
    district, *facilities = rows("/district/dm-controlled/figures.csv?period=2569Q4")
    assert (district["area"], {f["area"] for f in facilities}) == ("1901", {HOSPITAL, OTHER})
    for operand in ("a", "b"):
        assert int(district[operand]) == sum(int(f[operand]) for f in facilities)
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
    listed = [page(f"{base}people/?period=2569Q4&group={g}").count('<th scope="row">') for g in ("out", "in")]
    assert listed == [report.b - report.a, report.a]


def test_an_unknown_quarter_shows_the_newest(pages_world: World) -> None:
    for odd in ("", "?period=2599Q9", "?period="):
        assert re.search(r'value="2569Q4" selected', page(f"/district/{odd}"))
