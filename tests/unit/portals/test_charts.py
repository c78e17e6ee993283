"""Charts are SVG without script or style, and say the same as the table beside them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from suksala.portals import charts

QUARTERS = [charts.Point(f"2568Q{n}", value) for n, value in ((1, 31.0), (2, None), (3, 34.5), (4, 41.2))]
SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_trend_has_a_name_a_dot_for_each_value_and_the_target() -> None:
    chart = parsed(charts.trend([charts.Series("x", QUARTERS)], "แนวโน้ม", target=40.0, unit="%"))
    assert (chart.get("role"), chart.get("aria-label")) == ("img", "แนวโน้ม")
    assert len(chart.findall(f"{SVG}circle")) == 3
    assert len([line for line in chart.findall(f"{SVG}line") if line.get("class") == "c-target"]) == 1
    texts = [text.text for text in chart.findall(f"{SVG}text")]
    assert "40%" in texts
    assert "41.2" in texts


def test_a_quarter_without_a_value_leaves_a_gap() -> None:
    chart = parsed(charts.trend([charts.Series("x", QUARTERS)], "x"))
    lines = [line.get("points") or "" for line in chart.findall(f"{SVG}polyline")]
    assert [len(points.split()) for points in lines] == [2]  # Q3 to Q4; Q1 stands alone as a dot


def test_grid_lines_stand_on_round_numbers() -> None:
    chart = charts.trend([charts.Series("x", QUARTERS)], "x", unit="%")
    ticks = re.findall(r'text-anchor="end">([\d.]+)%</text>', chart)
    assert ticks == ["30", "35", "40", "45"]


def test_a_chart_of_nothing_is_nothing() -> None:
    assert charts.trend([charts.Series("x", [charts.Point("2568Q1", None)])], "x") == ""
    assert charts.sparkline([charts.Point("2568Q1", None)], "x") == ""
    assert charts.funnel([], 40.0, "x", axis="B") == ""


def test_names_cannot_break_out_of_a_chart() -> None:
    evil = '"><script>alert(1)</script>'
    chart = charts.trend([charts.Series(evil, [charts.Point(evil, 1.0), charts.Point("b", 2.0)])], evil, unit=evil)
    assert "<script" not in chart
    parsed(chart)


def test_no_chart_carries_a_style_that_the_content_policy_refuses() -> None:
    dots = [charts.Dot(1, 120, 50.0, "a"), charts.Dot(2, 400, 42.0, "b")]
    for chart in (charts.funnel(dots, 44.0, "x", axis="B"), charts.bar(40.0), charts.sparkline(QUARTERS, "x")):
        assert "style=" not in chart


def test_outside_is_beyond_chance_on_both_sides_of_the_limit() -> None:
    """At 50 % and 100 people the 99.8 % limit is 3.09 x 5 points: 34.55 to 65.45."""
    assert charts.outside(100, 65.5, 50.0)
    assert not charts.outside(100, 65.4, 50.0)
    assert charts.outside(100, 34.5, 50.0)
    assert not charts.outside(0, 100.0, 50.0)


def test_a_facility_outside_is_a_square_and_carries_its_number() -> None:
    dots = [charts.Dot(1, 1000, 20.0, "a"), charts.Dot(2, 1000, 50.0, "b")]
    chart = charts.funnel(dots, 50.0, "x", axis="B")
    assert chart.count("c-bar--out") == 1
    assert ">1</text>" in chart
    assert ">2</text>" in chart
