"""The citizen's page: the summary, every visit, and where each line came from (S1.35)."""

from __future__ import annotations

import json
import re
from unittest import mock

import pytest

from suksala import audit, consent, exchange, phr, signin
from suksala.foundation import clock
from tests.deposits import HOSPITAL
from tests.journeys.pages import VISITS, World
from tests.journeys.visiting import signed_in, text
from tests.unit.portals.lines import line

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


def page(address: str) -> str:
    return text(signed_in("citizen-1"), address)


def test_the_record_joins_both_facilities(pages_world: World) -> None:
    shown = page("/me/")
    assert "โรงพยาบาลสมมติ" in shown
    assert "รพ.สต.สมมติ" in shown


def test_allergies_stand_before_everything_else(pages_world: World) -> None:
    shown = page("/me/")
    headings = re.findall(r"<h[12][^>]*>([^<]+)</h[12]>", shown)
    assert headings[:2] == ["ประวัติสุขภาพของฉัน", "แพ้ยา"]
    assert "PENICILLIN V" in shown


def test_the_summary_tells_the_next_appointment_in_the_buddhist_era(pages_world: World) -> None:
    assert "31\u00a0ธ.ค.\u00a02642" in page("/me/")


def test_each_line_names_deposit_file_and_line(pages_world: World) -> None:
    """Hop by hop: a line of the record leads to the row of the zip that it came from."""
    sources = re.findall(r"แฟ้ม (\w+) บรรทัด (\d+) ชุดส่ง ([0-9a-f]{16})", page("/me/"))
    assert {"SERVICE", "DIAGNOSIS_OPD"} <= {file for file, _, _ in sources}
    assert all(int(line) >= 2 for _, line, _ in sources)


def test_the_timeline_is_paged_without_script_and_nothing_is_lost(pages_world: World) -> None:
    days: list[str] = []
    address = "/me/?kind=visit"
    while True:
        shown = page(address)
        days += re.findall(r'<h3><time datetime="([\d-]+)"', shown)
        found = re.search(r'href="(\?[^"#]*)#timeline" rel="next"', shown)
        if not found:
            break
        address = "/me/" + found[1].replace("&amp;", "&")
    assert days == sorted(days, reverse=True)
    assert len(days) > 12
    assert len(days) == int(re.search(r"(\d+) ครั้ง", shown)[1])  # type: ignore[index]
    assert len(days) <= VISITS + 3


def test_what_tells_no_day_is_shown_without_one(pages_world: World) -> None:
    """A system need not date an allergy that it sends over FHIR: citizen and clinician read it all the same (S1.35)."""
    told = exchange.timeline

    def with_undated(permit: consent.Permit) -> list[exchange.Entry]:
        return [*told(permit), line("", "allergy", "Sulfonamide"), line("", "visit", "Somewhere, some day")]

    with mock.patch.object(exchange, "timeline", with_undated):
        shown = page("/me/?page=99")
        seen = signed_in("clinician").get(f"/care/{pages_world.patient}/")
    assert (shown.count("Sulfonamide") > 1, "ไม่ทราบวันที่" in shown) == (True, True)
    assert (seen.status_code, "Sulfonamide" in seen.content.decode()) == (200, True)


@pytest.mark.parametrize("odd", ["?page=0", "?page=-1", "?page=99999", "?page=x", "?year=abc&kind=nothing"])
def test_odd_addresses_are_answered_calmly(pages_world: World, odd: str) -> None:
    assert "ประวัติสุขภาพของฉัน" in page("/me/" + odd)


def test_an_address_that_is_no_text_is_refused(pages_world: World) -> None:
    """A NUL byte: 400 in both languages, and no record on the page."""
    answer = signed_in("citizen-1").get("/me/?kind=%00")
    text = answer.content.decode()
    assert (answer.status_code, "The request could not be read" in text) == (400, True)
    assert "ประวัติสุขภาพของฉัน" not in text


def test_a_filter_shows_that_kind_and_year_only(pages_world: World) -> None:
    shown = page("/me/?kind=lab&year=2026")
    assert set(re.findall(r"<dt>([^<]+)</dt>", shown)) == {"ผลแล็บ"}
    assert {day[:4] for day in re.findall(r'<h3><time datetime="([\d-]+)"', shown)} == {"2026"}


def test_the_clinician_sees_the_own_facilitys_part(pages_world: World) -> None:
    shown = signed_in("clinician").get(f"/care/{pages_world.patient}/").content.decode()
    assert "PENICILLIN V" in shown
    assert "รพ.สต.สมมติ" not in shown.partition("<main")[2]
    assert shown.count('role="img"') == 2  # pressure and HbA1c, each with its table
    assert shown.count("ดูเป็นตาราง") == 2
    assert HOSPITAL not in shown  # facilities have names


def test_the_citizen_takes_the_proof_home(pages_world: World) -> None:
    """Who looked, as a file that is checked without any server; it tells of this person alone."""
    page("/me/")
    audit.seal()
    answer = signed_in("citizen-1").get("/me/who-looked/proof.json")
    assert "who-looked-proof.json" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    document = json.loads(answer.content)
    report = audit.verify_document(document, [audit.signer().verifier()])
    assert report.whole
    assert report.size == len(document["facts"]) > 0
    own = {one["fact"]["person"] for one in document["facts"]}
    assert own <= phr.permit(signin.demo_account("citizen-1"), clock.now()).persons
    assert "/me/who-looked/proof.json" in page("/me/who-looked/")
