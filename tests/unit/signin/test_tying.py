"""Who gives care under an account: tied to the register of practitioners by Provider ID or by the operator (issue C1).

Every rule that counts a human goes by the tie: leavers, emergency openings, reviews, what citizens read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from suksala import audit, consent, identity, privacy, registry, signin
from suksala.commands import accounts
from suksala.commands.failures import BadUsage
from suksala.consent import GrantProblem
from suksala.foundation import clock, settings
from suksala.operations import Verdict
from suksala.operations import doctor as examination
from suksala.registry import PractitionerProblem
from suksala.signin import budgets
from suksala.signin.models import Account
from tests.people import mali, number
from tests.record import condition, keep
from tests.staff import practitioner
from tests.unit.signin.test_providers import Fake, back, connect, fake, profile, works

__all__ = ["fake"]
pytestmark = pytest.mark.django_db
NEED = consent.Need("ucep-1", "หมดสติ ไม่มีญาติมาด้วย", "ER-1", "", attested=True)


def clinician(login: str) -> Client:
    """A browser in which a clinician of an account that the operator made is signed in."""
    signin.add_account(
        login, role="clinician", display_th="ก", display_en="A", facility="99801", actor="system:operator"
    )
    client = Client()
    client.force_login(signin.accounts_named({login})[login])
    return client


def verified(hospcode: str, licence: str = "ว.12345", **changed: Any) -> dict[str, Any]:
    """A place of work of a doctor whose licence the Medical Council has confirmed to the provider."""
    told = works(hospcode, position="นายแพทย์ชำนาญการ")
    return {**told, "license_id": licence, "license_id_verify": True, **changed}


def doctor(*organizations: dict[str, Any], provider_id: str = "P-1") -> dict[str, Any]:
    """What Provider ID says of a doctor."""
    named = {"title_th": "นพ.", "firstname_th": "อรุณ", "lastname_th": "สมมติ", "firstname_en": "Arun"}
    return {**profile(*organizations), **named, "lastname_en": "Sommut", "provider_id": provider_id}


def tied() -> list[tuple[str, int | None]]:
    """Every account of staff and its practitioner."""
    return list(Account.objects.exclude(role="citizen").order_by("pk").values_list("login", "practitioner"))


def test_who_signs_in_by_a_confirmed_licence_is_somebody_of_the_registry(fake: Fake) -> None:
    """Made with licence and role, for the registry has none; one who works at two places has a role at each."""
    fake.profile = doctor(verified("99801"), verified("99802"))
    client = Client()
    back(client, fake, "provider-id")
    client.post("/signin/place", {"place": "99802"})
    [(login, number)] = tied()
    assert number is not None
    known = registry.practitioner(number)
    assert known is not None
    assert (known.name_th, known.name_en) == ("นพ.อรุณ สมมติ", "Arun Sommut")
    assert [(one.council, one.number, one.until) for one in known.licences] == [("01", "ว.12345", date(2099, 12, 31))]
    roles = sorted((role.hospcode, role.codes, role.source) for role in registry.roles_of(number))
    assert roles == [(code, ("01",), registry.Source.PROVIDER_ID) for code in ("99801", "99802")]
    [fact] = audit.facts("signin.practitioner-tied")
    assert (fact.actor, fact.detail) == (
        "system:provider-id",
        {"account": login, "practitioner": number, "before": None},
    )
    back(client, fake, "provider-id")
    assert (len(tied()), len(list(audit.facts("signin.practitioner-tied")))) == (1, 1), "again changes nothing"
    assert len(registry.roles_of(number)) == 2


def test_who_the_registry_knows_is_that_practitioner(fake: Fake) -> None:
    """By the number, with or without the letters of the council; what others told stays, the last day is the newest."""
    number = practitioner("99801", "12345", given="อรุณ", family="เดิม", licensed_until=date(2027, 1, 1))
    [before] = registry.roles_of(number)
    fake.profile = doctor(verified("99801"))
    back(Client(), fake, "provider-id")
    assert [who for _, who in tied()] == [number]
    known = registry.practitioner(number)
    assert known is not None
    assert (known.family_th, [(one.number, one.until) for one in known.licences]) == (
        "เดิม",
        [("12345", date(2099, 12, 31))],
    )
    assert registry.roles_of(number) == [before]


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (verified("99801", license_id_verify=False), 0),
        (verified("99801", license_id_verify="true"), 0),
        (verified("99801", license_id=None), 0),
        (verified("99801", license_id=""), 0),
        (works("99801", position="นักวิชาการสาธารณสุข"), 0),
        (verified("99801", licence="67890"), 1),
    ],
    ids=["not confirmed", "not said as truth", "none", "empty", "no council", "another name's"],
)
def test_what_no_council_confirmed_ties_nobody(fake: Fake, told: dict[str, Any], facts: int) -> None:
    """They sign in as before, and are nobody of the registry: what is typed into a profile could be anybody's."""
    known = practitioner("99801", "67890", given="วันดี", family="อื่น")
    other = practitioner("99801", "12345", given="อรุณ", family="สมมติ")
    fake.profile = doctor(told)
    assert back(Client(), fake, "provider-id").headers["Location"] == "/care/"
    assert [who for _, who in tied()] == [None]
    assert list(audit.facts("signin.practitioner-tied")) == []
    assert len(list(audit.facts("signin.practitioner-unclear"))) == facts
    assert [len(registry.roles_of(one)) for one in (known, other)] == [1, 1]


def test_two_licences_of_two_people_tie_nobody(fake: Fake) -> None:
    """A profile that names both is told in the log; neither becomes the other."""
    doctors = [practitioner("99801", "12345", given="อรุณ", family="สมมติ")]
    doctors.append(practitioner("99802", "67890", given="อรุณ", family="อีกคน"))
    fake.profile = doctor(verified("99801"), verified("99802", licence="67890"))
    client = Client()
    back(client, fake, "provider-id")
    assert [who for _, who in tied()] == [None]
    [fact] = audit.facts("signin.practitioner-unclear")
    assert (fact.detail["practitioner"], fact.detail["other"]) == (None, None)


def test_a_tie_of_the_operator_stands_and_what_contradicts_is_a_fact(fake: Fake) -> None:
    """The provider's licence is a colleague's: the account stays who it was."""
    mine, other = practitioner("99801", "67890", given="วันดี"), practitioner("99801", "12345", given="อรุณ")
    fake.profile = profile(works("99801"))
    back(Client(), fake, "provider-id")
    [(login, _)] = tied()
    signin.tie_account(login, mine, actor="system:operator")
    fake.profile = doctor(verified("99801"))
    back(Client(), fake, "provider-id")
    assert tied() == [(login, mine)]
    [fact] = audit.facts("signin.practitioner-unclear")
    assert (fact.detail["practitioner"], fact.detail["other"]) == (mine, other)


def test_connecting_provider_id_ties_an_account_that_was_made_here(fake: Fake) -> None:
    """And connects none whose licence is another practitioner's than the account's: then nothing has changed."""
    path = settings.current().identity_providers
    assert path is not None
    told = path.read_text("utf-8").replace('kind = "provider-id"', 'kind = "provider-id"\nalways_asks = true')
    path.write_text(told, "utf-8")
    os.utime(path, (1, 1))
    mine, other = practitioner("99801", "12345", given="อรุณ"), practitioner("99801", "67890", given="วันดี")
    for login, before, location, after in [
        ("somchai.k", None, "/account/", mine), ("wandee.k", other, None, other),
    ]:  # fmt: skip
        client = clinician(login)
        if before is not None:
            signin.tie_account(login, before, actor="system:operator")
        fake.profile = doctor(verified("99801"), provider_id=f"P-{login}")
        answer = connect(client, fake, "provider-id")
        assert answer.status_code == (302 if location else 409)
        assert dict(tied())[login] == after
    assert len(list(audit.facts("signin.identity-linked"))) == 1
    [fact] = audit.facts("signin.practitioner-unclear")  # who tries another's licence leaves a trace
    assert (fact.detail["practitioner"], fact.detail["other"]) == (other, mine)


def test_a_role_that_ended_in_the_register_ends_the_session(fake: Fake) -> None:
    """With the next request (leaver), of every account of theirs; who never had a role here is not concerned. Signing
    in again does not bring the role back.
    """
    fake.profile = doctor(verified("99801"))
    client, second = Client(), clinician("arun.s")
    back(client, fake, "provider-id")
    [role] = registry.roles_at("99801")
    signin.tie_account("arun.s", role.practitioner, actor="system:operator")
    assert [one.get("/care/").status_code for one in (client, second)] == [200, 200]
    registry.end_role(role.id, clock.today(), actor="account:steward")
    assert [one.get("/care/").status_code for one in (client, second)] == [200, 200], "the last day counts"
    registry.end_role(role.id, clock.today() - timedelta(days=1), actor="account:steward")
    assert [one.get("/care/").status_code for one in (client, second)] == [302, 302]
    assert [f.detail["why"] for f in audit.facts("signin.session-ended")] == ["disabled", "disabled"]
    back(client, fake, "provider-id")
    assert client.get("/care/").status_code == 302


@pytest.fixture
def operator(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """`suksala account` on the database of the tests."""

    @contextmanager
    def running(_data: Path) -> Iterator[None]:
        yield None

    monkeypatch.setattr(accounts, "quiet_database", running)


def add(login: str, who: accounts.Named = (None, None), role: str = "clinician") -> None:
    accounts.add(login, accounts.Wanted(role, "ก", "A", "99801", "", who), data=None, as_json=True)


@pytest.mark.usefixtures("operator")
def test_the_operator_ties_an_account_when_it_is_made_or_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    """By licence or by number, one practitioner to several accounts, of any role of staff; each tie is a fact."""
    who = practitioner("99801", "ว.12345")
    add("somying.r", ("01:12345", None))
    add("somying.2", (None, who))
    add("officer", role="privacy")
    capsys.readouterr()
    accounts.tie("officer", ("01:ว.12345", None), nobody=False, data=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"login": "officer", "practitioner": who}
    assert tied() == [("somying.r", who), ("somying.2", who), ("officer", who)]
    assert [f.actor for f in audit.facts("signin.practitioner-tied")] == ["system:operator"] * 3
    accounts.show(data=None, as_json=False)
    assert capsys.readouterr().out.count(f"practitioner {who}") == 3
    accounts.tie("officer", (None, None), nobody=True, data=None, as_json=False)
    assert "tied to nobody" in capsys.readouterr().out
    assert tied()[-1] == ("officer", None)


@pytest.mark.usefixtures("operator")
def test_a_tie_to_nobody_there_is_changes_nothing() -> None:
    """Unknown licence, unknown number, one written wrongly, both or neither; a citizen is none of the staff."""
    who = practitioner("99801", "12345")
    add("somying.r", (None, who))
    Account.objects.create_account("c-1", role="citizen", display_th="ก", display_en="A")
    for named, error in [
        (("01:99999", None), PractitionerProblem),
        (("02:12345", None), PractitionerProblem),
        ((None, who + 1), signin.AccountProblem),
        (("12345", None), BadUsage),
        (("01:", None), BadUsage),
        (("01:12345", who), BadUsage),
        ((None, None), BadUsage),
    ]:
        with pytest.raises(error):
            accounts.tie("somying.r", named, nobody=False, data=None, as_json=True)
    with pytest.raises(signin.AccountProblem):
        accounts.tie("c-1", (None, who), nobody=False, data=None, as_json=True)
    with pytest.raises(signin.NoAccount):
        accounts.tie("nobody", (None, who), nobody=False, data=None, as_json=True)
    with pytest.raises(PractitionerProblem):
        add("new", ("01:99999", None))
    with pytest.raises(signin.AccountProblem):
        add("new", (None, who + 1))
    assert tied() == [("somying.r", who)]
    assert len(list(audit.facts("signin.practitioner-tied"))) == 1


@pytest.mark.usefixtures("operator")
def test_a_licence_of_two_people_is_the_one_written_so_or_nobodys() -> None:
    """The registry has one with letters and one without: a third spelling could be either's."""
    plain = practitioner("99801", "12345")
    lettered = practitioner("99802", "ว.12345", given="วันดี", family="อื่น")
    with pytest.raises(PractitionerProblem, match="no one practitioner"):
        add("third", ("01:พ.12345", None))
    add("plain", ("01:12345", None))
    add("lettered", ("01:ว.12345", None))
    assert tied() == [("plain", plain), ("lettered", lettered)]


@pytest.mark.usefixtures("operator")
def test_the_doctor_names_clinicians_who_are_tied_to_nobody() -> None:
    """Open accounts of clinicians only; none is left once all are tied or closed."""
    who = practitioner("99801")
    for login in ("somying.r", "wandee.k", "gone"):
        add(login)
    add("steward", role="steward")
    signin.disable_account("gone", actor="system:operator")
    found = examination._clinicians()
    assert (found.verdict, found.found) == (Verdict.WARN, "tied to no practitioner: somying.r, wandee.k")
    assert "suksala account tie" in found.th
    for login in ("somying.r", "wandee.k"):
        signin.tie_account(login, who, actor="system:operator")
    assert examination._clinicians().verdict is Verdict.OK


def test_an_account_of_nobody_breaks_no_glass(fake: Fake, own_keys: None) -> None:
    """Said on the page in place of the form, and to who sends one all the same; nothing is sought, opened or told."""
    identity.link("99801", [mali("1")])
    client = clinician("somying.r")
    page = client.get("/care/emergency/").content.decode()
    assert "ยังไม่ได้ผูกกับทะเบียนบุคลากร" in page
    assert 'name="number"' not in page
    said = {"number": number(1), "criterion": "ucep-1", "words": NEED.words, "encounter": "ER-1"}
    answer = client.post("/care/emergency/open", {**said, "licence": "ว.12345", "attested": "yes"})
    assert answer.status_code == 403
    assert "ยังไม่ได้ผูกกับทะเบียนบุคลากร" in answer.content.decode()
    assert [f.detail["code"] for f in audit.facts("grant.refused")] == ["SKL-GRANT-026"]
    assert [*audit.facts("grant.sought"), *audit.facts("grant.opened")] == []
    signin.tie_account("somying.r", practitioner("99801"), actor="system:operator")
    assert 'name="number"' in client.get("/care/emergency/").content.decode()


def test_what_counts_a_human_counts_every_account_of_theirs(fake: Fake, own_keys: None) -> None:
    """A doctor with an account of the operator's and one of Provider ID: one opening, no second after its end, no
    review of it as officer; and the licence is the registry's, so no officer is told of one that nobody proved.
    """
    identity.link("99801", [mali("1")])
    fake.profile = doctor(verified("99801"))
    back(Client(), fake, "provider-id")
    [(first, who)] = tied()
    for login, role in (("arun.s", "clinician"), ("officer", "privacy")):
        signin.add_account(
            login,
            role=role,
            display_th="ก",
            display_en="A",
            facility="99801",
            practitioner=who,
            actor="system:operator",
        )
    mine, second = (signin.accounts_named({login})[login] for login in (first, "arun.s"))
    mine.hospcode = "99801"  # of the session
    grant = consent.break_glass(mine, number(1), NEED)
    assert (grant.need.licence, grant.flags) == ("ว.12345", ())
    with pytest.raises(GrantProblem, match="SKL-GRANT-025"):
        consent.break_glass(second, number(1), NEED)
    consent.end_grant(grant.id, mine)
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(second, number(1), NEED)
    with pytest.raises(privacy.PrivacyProblem, match="SKL-PRIV-003"):
        privacy.review_opening(grant.id, "justified", "", actor="account:officer")
    found = consent.grant(grant.id)
    assert found is not None
    assert found.reviewed_at is None
    assert len(list(audit.facts("grant.opened"))) == 1


def test_all_accounts_of_a_practitioner_have_one_hour_of_people(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people an hour here: one under each account, and neither tells a third; a colleague has an own hour."""
    monkeypatch.setenv("SUKSALA_BUDGETS", "person=2")
    settings.forget()
    budgets.forget()
    mine, other = practitioner("99801", "12345"), practitioner("99801", "67890", given="วันดี", family="อื่น")
    for login, who in (("arun.s", mine), ("arun.2", mine), ("wandee.k", other), ("new", None)):
        clinician(login)
        if who is not None:
            signin.tie_account(login, who, actor="system:operator")
    signin.tell_reader("account:arun.s", [1])
    signin.tell_reader("account:arun.2", [2])
    for login in ("arun.s", "arun.2"):
        with pytest.raises(signin.OverBudget):
            signin.tell_reader(f"account:{login}", [3])
    signin.tell_reader("account:arun.2", [1])
    for login in ("wandee.k", "new"):
        signin.tell_reader(f"account:{login}", [3, 4])
    budgets.forget()


def test_a_licence_that_ended_opens_nothing_under_an_account_of_the_operators(fake: Fake, own_keys: None) -> None:
    """On its last day it does; a day later the register says no, whatever is typed."""
    identity.link("99801", [mali("1")])
    clinician("somying.r")
    for days, opens in ((-1, False), (0, True)):
        who = practitioner("99801", licensed_until=clock.today() + timedelta(days=days))
        signin.tie_account("somying.r", who, actor="system:operator")
        account = signin.accounts_named({"somying.r"})["somying.r"]
        if opens:
            assert consent.break_glass(account, number(1), NEED).need.licence == "12345"
            continue
        with pytest.raises(GrantProblem, match="SKL-GRANT-009"):
            consent.break_glass(account, number(1), NEED)
        assert list(audit.facts("grant.opened")) == []


def test_the_citizen_reads_the_name_of_who_signed_in_by_provider_id(fake: Fake) -> None:
    """As the register names them to everybody."""
    identity.link("99801", [mali("1")])
    person = identity.person_of("99801", "1")
    keep(condition("c-1", "E11"), person=person)
    fake.profile = doctor(verified("99801"))
    client = Client()
    back(client, fake, "provider-id")
    patient = identity.public_id(identity.human_of(person))
    assert client.get(f"/care/{patient}/").status_code == 200
    citizen = Client()
    account = Account.objects.create_account(
        "c-1", role="citizen", display_th="มาลี", display_en="Mali", person=person, ial="2.3"
    )
    citizen.force_login(account)
    page = citizen.get("/me/who-looked/").content.decode()
    assert "นพ.อรุณ สมมติ" in page


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key folder of this test."""
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "keys"))
    settings.forget()
    yield
    consent.shred_now(actor="system:test")
