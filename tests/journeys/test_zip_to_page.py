"""The main job, end to end: made-up zips in, receipts, records and figures out, equal to the truth beside them."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from suksala.signin import dpop_rules
from tests import oauth_clients
from tests.journeys import how_to
from tests.journeys.running import Browser, Suksala
from tests.unit.signin.test_jwt_tricks import TRICKS

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

SEEDS = [int(seed) for seed in os.environ.get("SUKSALA_PROOF_SEEDS", "1 2").split()]
PEOPLE = 600


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed{seed}")
def served(request: pytest.FixtureRequest) -> Iterator[Suksala]:
    """Three made-up districts, sent, applied, computed and served."""
    # Not under pytest's own folders: they are closed to the unprivileged user that PostgreSQL runs as.
    root = Path(tempfile.mkdtemp(prefix=f"seed{request.param}-", dir=os.environ["SUKSALA_TEST_ROOT"]))
    root.chmod(0o755)
    with Suksala(root / "data", people=PEOPLE, seed=request.param) as running:
        yield running
    shutil.rmtree(root, ignore_errors=True)


def figures(running: Suksala) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Every figure on the district pages: (code, period, area) -> (A, B)."""
    found = {}
    codes = {row["code"] for row in running.expected("indicators.csv")}
    periods = sorted({row["period"] for row in running.expected("indicators.csv")})[-4:]
    for login in running.logins("district"):
        browser = running.signed_in(login)
        for code in sorted(codes):
            for period in periods:
                for row in browser.table(f"/district/{slug(code)}/figures.csv?period={period}"):
                    found[code, period, row["area"]] = int(row["a"]), int(row["b"])
    return found


def slug(code: str) -> str:
    """The code as it stands in an address."""
    return code


def expected_figures(running: Suksala, a: str = "a", b: str = "b") -> dict[tuple[str, str, str], tuple[int, int]]:
    """What the truth says, summed over each district too: sums over sums."""
    total: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in running.expected("indicators.csv"):
        for area in (row["hospcode"], row["district"]):
            pair = total[row["code"], row["period"], area]
            pair[0] += int(row[a])
            pair[1] += int(row[b])
    return {key: (pair[0], pair[1]) for key, pair in total.items()}


def test_every_figure_on_the_pages_equals_the_truth(served: Suksala) -> None:
    """All indicators, facilities and districts of the last fiscal year, read over HTTP (S1.1-S1.60)."""
    truth = expected_figures(served)
    shown = figures(served)
    assert len(shown) > 200
    wrong = {key: (value, truth.get(key, (0, 0))) for key, value in shown.items() if value != truth.get(key, (0, 0))}
    assert wrong == {}


def test_figures_differ_from_a_world_without_errors_only_through_injected_errors(served: Suksala) -> None:
    """Each human counted otherwise than in a faultless world has an injected error of its own."""
    counted: dict[str, dict[tuple[str, str, str], Counter[str]]] = {"sent": {}, "true": {}}
    with gzip.open(served.truth / "indicator_members.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            key = (row["code"], row["period"], row["hospcode"])
            counted[row["basis"]].setdefault(key, Counter())[row["in_a"]] += 1
    for basis, (a, b) in {"sent": ("a", "b"), "true": ("true_a", "true_b")}.items():
        for row in served.expected("indicators.csv"):
            of_one = counted[basis].get((row["code"], row["period"], row["hospcode"]))
            if of_one is not None:
                assert (of_one["1"], of_one.total()) == (int(row[a]), int(row[b])), (basis, row)


def test_every_injected_file_error_is_in_its_receipt(served: Suksala) -> None:
    """Where, which column, which rule: exactly what was injected, in the receipt's download for the sender."""
    steward = served.signed_in(served.logins("steward")[0])
    code, receipts = served.run("ingest", str(served.zips))
    assert code == 0
    numbers = {Path(r["file_name"]).name: r["id"] for r in receipts["deposits"]}
    injected: dict[str, Counter[str]] = defaultdict(Counter)
    for row in served.expected("injected_errors.csv"):
        if row["rule"] and row["verdict"] in {"refused", "field-null"}:
            injected[row["zip"]][row["rule"]] += 1
    for name, rules in injected.items():
        receipt = json.loads(steward.get(f"/steward/deposits/{numbers[name]}/receipt.json"))
        told = {p["rule"]: p["rows"] for f in receipt["files"] for p in f["problems"]}
        assert {rule: told.get(rule, 0) for rule in rules} == dict(rules), name


def test_sending_again_in_any_order_changes_nothing(served: Suksala) -> None:
    """The same bytes are the same deposit; no figure and no resource changes."""
    before = state(served)
    names = [str(path) for path in sorted(served.zips.iterdir())]
    random.Random(7).shuffle(names)
    code, document = served.run("ingest", *names)
    assert code == 0
    assert {r["state"] for r in document["deposits"]} == {"applied"}
    assert state(served) == before


def state(running: Suksala) -> tuple[dict[tuple[str, str, str], tuple[int, int]], dict[str, int]]:
    """What people see: figures, and how many resources of each kind there are."""
    return figures(running), totals(running)


def totals(running: Suksala) -> dict[str, int]:
    """Resources by type, counted over FHIR with the demo's token."""
    program = Browser(running.address)
    found = {}
    for kind in ("Patient", "Encounter", "Condition", "Observation", "MedicationDispense", "Immunization"):
        body = program.get(f"/fhir/{kind}?_summary=count", Authorization=f"Bearer {running.token()}")
        assert program.status == 200, body
        found[kind] = json.loads(body)["total"]
    return found


def test_one_record_a_person_over_facilities(served: Suksala) -> None:
    """The demo citizen sees lines of two facilities, each with its source; and who looked."""
    citizen = served.signed_in(served.logins("citizen")[0])
    page = citizen.get("/me/")
    assert citizen.status == 200
    assert "ข้อมูลสมมติ" in page
    assert len({code for code in facilities(served) if code in page}) >= 1
    assert citizen.get("/me/who-looked/")
    assert citizen.status == 200


def test_the_privacy_officer_has_something_to_judge(served: Suksala) -> None:
    """An emergency opening, an alert and a case of the demo, each with its page."""
    page = served.signed_in("privacy").get("/privacy/")
    for matter in ("openings", "alerts", "cases"):
        assert f'href="/privacy/{matter}/' in page, matter


def facilities(running: Suksala) -> list[str]:
    """Names of the made-up facilities."""
    with (running.folder / "demo" / "facilities.csv").open(encoding="utf-8") as lines:
        return [row["name_th"] for row in csv.DictReader(lines)]


def test_doors_stay_shut_for_the_wrong_role(served: Suksala) -> None:
    """A citizen is no clinician; nobody is a steward without signing in; a token is needed for FHIR."""
    citizen = served.signed_in(served.logins("citizen")[0])
    for path in ("/care/", "/district/", "/steward/"):
        citizen.get(path)
        assert citizen.status == 403, path
    stranger = Browser(served.address)
    assert "demo-signin" in stranger.get("/steward/") or stranger.status == 403
    stranger.get("/fhir/Patient")
    assert stranger.status == 401


# The guides for developers: one world is enough.
one_world = pytest.mark.parametrize("served", SEEDS[:1], indirect=True, ids=lambda seed: f"seed{seed}")


@one_world
def test_the_python_guide_holds(served: Suksala, tmp_path: Path) -> None:
    """fhirpy as it is on PyPI: read, search, pages, create, update over a version, transaction."""
    program = "\n".join(how_to.blocks("from-python", "python"))
    assert how_to.run(served, [sys.executable], tmp_path / "guide.py", program) == ""


@one_world
def test_the_curl_guide_holds(served: Suksala, tmp_path: Path) -> None:
    """All blocks in one shell."""
    printed = how_to.run(served, ["bash"], tmp_path / "guide.sh", "\n".join(how_to.blocks("with-curl", "bash")))
    assert '"total":1' in printed  # the observation of the transaction


def need_node_clients() -> None:
    """A machine without Node may go without, CI may not."""
    if not os.environ.get("CI") and not (shutil.which("node") and how_to.NODE_CLIENTS.exists()):
        pytest.skip("Node or its FHIR clients are not here: sh tools/install_node_clients.sh")


@one_world
@pytest.mark.parametrize("number", [0, 1], ids=["fhir-kit-client", "fhirclient"])
def test_the_javascript_guide_holds(served: Suksala, tmp_path: Path, number: int) -> None:
    """The clients as they are on npm."""
    need_node_clients()
    (tmp_path / "node_modules").symlink_to(how_to.NODE_CLIENTS)
    program = how_to.blocks("from-javascript", "js")[number]
    assert how_to.run(served, ["node"], tmp_path / "guide.cjs", program) == ""


@one_world
def test_the_backend_service_guide_holds(served: Suksala, tmp_path: Path) -> None:
    """A key is made, registered and used; an assertion that both web processes see counts once."""
    assert how_to.run_backend(served, tmp_path) == {"client": "his-99011", "keys": ["his-2026"]}


@one_world
def test_the_guide_for_smart_apps_holds(served: Suksala, chromium: Chromium) -> None:
    """fhirclient in a page, as it is on npm: asks, is allowed by a citizen, and reads the citizen's own weights."""
    need_node_clients()
    weights = how_to.run_smart(served, chromium, served.logins("citizen")[0])
    assert {weight["code"]["coding"][0]["code"] for weight in weights} == {"29463-7"}
    assert {weight["category"][0]["coding"][0]["code"] for weight in weights} == {"vital-signs"}


def test_a_page_proves_its_key_as_the_guide_says(chromium: Chromium) -> None:
    """DPoP with what every browser has: the server's own reader takes the proof, and no other request's."""
    address, token = "https://health.example.go.th/fhir/Patient", "skl_" + "a" * 43
    made = how_to.prove_in_page(chromium, "GET", address, token)
    said = {"method": "GET", "now": time.time(), "token": token}
    assert len(dpop_rules.verified(made, address=f"{address}?_count=1", **said).jkt) == 43
    with pytest.raises(dpop_rules.BadJwt, match="address"):
        dpop_rules.verified(made, address=f"{address}/1", **said)


@one_world
@pytest.mark.parametrize(
    ("provider", "who", "address"), [("ThaiD", "มีประวัติใน", "/me/"), ("Provider ID", "แพทย์ หนึ่งโรงพยาบาล", "/care/")]
)
def test_a_visitor_of_the_demo_signs_in_with_a_made_up_provider(
    served: Suksala, chromium: Chromium, provider: str, who: str, address: str
) -> None:
    """From the demo's page to the provider's, which says that it is made up, and back to the own door."""
    page = chromium.new_page()
    page.goto(f"{served.address}/demo-signin")
    page.click(f"main >> text={provider} (ตัวอย่าง)")
    assert page.locator("h1").inner_text() == f"{provider} (ตัวอย่าง)"
    assert "ไม่ใช่ของจริง" in page.content()
    page.locator("li a", has_text=who).first.click()
    page.wait_for_url(f"{served.address}{address}")
    page.close()


def test_every_guide_gets_its_token_by_the_same_command() -> None:
    """One habit to learn."""
    assert len({tuple(how_to.blocks(guide, "sh")) for guide in how_to.NAMES}) == 1


def test_no_trick_gets_a_token_of_the_running_server(
    served: Suksala, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every forged and stretched assertion, over HTTP, is answered alike; the honest one beside them is not (T11)."""
    monkeypatch.setattr(oauth_clients, "TOKEN", f"{served.address}/oauth/token")
    named = oauth_clients.key(), oauth_clients.key("rsa", "RS384")
    (tmp_path / "keys.json").write_text(oauth_clients.jwks(*named), encoding="utf-8")
    his = ["client", "add", "his", "--sender", "99011", "--scope", "system/Patient.rs", "--no-dpop"]
    code, said = served.run(*his, "--jwks", str(tmp_path / "keys.json"))
    assert code == 0, said

    def asked(assertion: str) -> tuple[int, str]:
        visitor = Browser(served.address)
        body = visitor.send("/oauth/token", **oauth_clients.form(assertion))
        return visitor.status, body

    refused = asked("x.y.z")
    assert (refused[0], json.loads(refused[1])["error"]) == (401, "invalid_client")
    assert {name: got for name, trick in TRICKS.items() if (got := asked(trick())) != refused} == {}
    status, token = asked(oauth_clients.signed(oauth_clients.claims()))
    assert (status, json.loads(token)["scope"]) == (200, "system/Patient.rs")
