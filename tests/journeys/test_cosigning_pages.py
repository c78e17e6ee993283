"""A doctor closed by mistake; a colleague elsewhere co-signs by the reference, on pages without script (S2.58, T02)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from suksala import audit, consent, registry, signin
from suksala.consent import vault_keys
from suksala.foundation import database
from suksala.registry import Licence, Practitioner, Role, Source
from tests.deposits import HOSPITAL
from tests.journeys.pages import FAR, World
from tests.journeys.test_breaking_the_glass import SAID, WORDS, keys
from tests.journeys.visiting import came_in

__all__ = ["keys"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


@pytest.fixture(autouse=True)
def doctors(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's two clinicians, as the register of practitioners knows them."""
    known = {
        n: Practitioner(n, "นพ.", "สมมติ", name, licences=(Licence("01", f"9000{n}"),))
        for n, name in ((9001, "หนึ่ง"), (9002, "สอง"))
    }
    roles = {9002: [Role(1, 9002, FAR, "", (), None, None, Source.DEPOSIT)]}
    monkeypatch.setattr(registry, "practitioner", known.get)
    monkeypatch.setattr(registry, "roles_of", lambda key, _on=None: roles.get(key, []))
    monkeypatch.setattr(registry, "same_human_number", lambda _key: None)
    for login, practitioner in (("clinician", 9001), ("doctor", 9002)):
        database.execute("UPDATE signin_account SET practitioner = %s WHERE login = %s", [practitioner, login])


def asked(client: Client) -> str:
    """Opened, closed by mistake, refused, and a co-signer asked for: the address of the page that waits."""
    address = client.post("/care/emergency/open", SAID).headers["Location"]
    assert client.post(f"{address}end").status_code == 302
    refused = client.post("/care/emergency/open", SAID)
    page = refused.content.decode()
    assert (refused.status_code, "ขอผู้ร่วมลงนาม" in page) == (403, True)
    answer = client.post("/care/emergency/open", {**SAID, "cosigner": "yes"})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_from_a_mistaken_close_to_the_record_again(pages_world: World, keys: Path) -> None:
    client, colleague = came_in("clinician"), came_in("doctor")
    address = asked(client)
    waiting = client.get(address).content.decode()
    [reference] = set(re.findall(r"skl-mono\">([0-9A-F]{8})<", waiting))
    assert ('http-equiv="refresh"' in waiting, "PENICILLIN" in waiting, vault_keys.left()) == (True, False, 0)
    assert reference not in colleague.get("/care/emergency/cosign/").content.decode()  # of another hospital
    assert colleague.get("/care/emergency/cosign/?reference=00000000").status_code == 404
    found = colleague.get(f"/care/emergency/cosign/?reference={reference.lower()}")
    one = str(found.headers["Location"])
    page = colleague.get(one).content.decode()
    assert WORDS in page
    assert [told for told in ("มะลิ", "PENICILLIN", SAID["number"]) if told in page] == []
    assert colleague.post(one).status_code == 422
    assert vault_keys.left() == 0
    signed = colleague.post(one, {"attested": "yes"})
    assert signed.status_code == 302
    assert "ลงนามแล้ว" in colleague.get(signed.headers["Location"]).content.decode()
    assert "PENICILLIN V" in client.get(address).content.decode()
    assert colleague.get(address).status_code == 410
    assert colleague.get(one).status_code == 404
    told = came_in("citizen-1").get("/me/emergency/").content.decode()
    assert "ผู้ร่วมลงนาม" in told
    assert signin.demo_account("doctor").display_th.split(" · ")[0] in told


def test_who_asks_does_not_sign_and_who_has_not_just_proved_who_they_are_neither(
    pages_world: World, keys: Path
) -> None:
    client, colleague = came_in("clinician"), came_in("doctor")
    one = f"/care/emergency/cosign/{asked(client).rstrip('/').rpartition('/')[2]}/"
    assert [client.get(one).status_code, client.post(one, {"attested": "yes"}).status_code] == [404, 404]
    for login in ("privacy", "citizen-1"):
        assert came_in(login).post(one, {"attested": "yes"}).status_code == 403
    database.execute("UPDATE signin_session SET proved_at = proved_at - interval '5 minutes 1 second'")
    for address in ("/care/emergency/cosign/", one):
        assert colleague.get(address).headers["Location"].startswith("/account/prove/")
    assert colleague.post(one, {"attested": "yes"}).headers["Location"].startswith("/account/prove/")
    assert (vault_keys.left(), list(audit.facts("grant.cosigned"))) == (0, [])
    assert HOSPITAL in {g.facility for g in consent.grants_to_review()}
