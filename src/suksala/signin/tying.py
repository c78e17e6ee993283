"""Use cases of who gives care under an account: its tie to a practitioner of the registry, made by the identity
provider that vouches for a licence, by the steward of the facility, or by the operator. Each is a fact in the log.

Rules that count a human (leavers, emergency openings, reviews, own matters) go by this tie, whichever of somebody's
accounts is used (decision 0190).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from suksala import audit, registry
from suksala.foundation import clock, database, settings

from . import enrolment_storage, provider_rules, service, tying_rules
from .enrolment_rules import AccountProblem, NoAccount
from .enrolment_storage import AccountState
from .tying_rules import TieReason, TieRefused

if TYPE_CHECKING:
    from .models import Account


def tie_account(login: str, practitioner: int | None, *, actor: str) -> registry.Practitioner | None:
    """Say who of the registry gives care under this account, or with None nobody. One practitioner may have several
    accounts. Returns who it is now.

    Raises NoAccount; AccountProblem: a citizen's account, or no such practitioner. Nothing was changed.
    """
    known = require_practitioner(practitioner)
    with database.transaction():
        account = enrolment_storage.account_of(login)
        if account is None:
            raise NoAccount
        if account.role == "citizen":
            raise AccountProblem(
                "ผูกกับทะเบียนบุคลากรได้เฉพาะบัญชีเจ้าหน้าที่", "only an account of staff is tied to a practitioner"
            )
        if account.practitioner != practitioner:
            tie(account, practitioner, actor=actor)
    return known


def colleagues(steward: Account, facility: str) -> list[AccountState]:
    """The accounts of staff of a facility, closed ones too, by name; none of a facility that is not the steward's.

    An account that belongs to no facility (Provider ID, the exchange itself) is tied by its provider or the operator.
    """
    if not facility or steward.hospcode not in {"", facility}:
        return []
    return enrolment_storage.states(facility, demo=settings.current().demo)


def candidates(steward: Account, facility: str) -> list[registry.Practitioner]:
    """Who may be said to give care under an account of this facility: who works there today by the registry, the
    steward left out, by family name.
    """
    working = {role.practitioner for role in registry.roles_at(facility, clock.today())} - {steward.practitioner}
    return sorted(registry.practitioners(working).values(), key=lambda who: (who.family_th, who.given_th, who.id))


def colleague(steward: Account, number: int) -> AccountState:
    """One account of the steward's facility. Raises NoAccount where it has none of this number."""
    facility = enrolment_storage.facility_of(number)
    found = [one for one in colleagues(steward, facility or "") if one.id == number]
    if not found:
        raise NoAccount
    return found[0]


def is_own(steward: Account, account: AccountState) -> bool:
    """Whether this is the steward's own account, or another one that is tied to them: both are for others to tie."""
    return tying_rules.is_own((steward.pk, steward.practitioner), (account.id, account.practitioner))


def tie_colleague(steward: Account, number: int, practitioner: int | None, why: TieReason) -> AccountState:
    """Say as steward of a facility who of its practitioners gives care under one of its accounts, or with None nobody.

    number  the account's; why  how it is known, or why the tie ends
    Returns the account as it stood before. Raises NoAccount: none of the steward's facility; TieRefused: it is the
    steward's own; AccountProblem: no such candidate, or a reason for something else. Nothing was changed then.
    """
    with database.transaction():
        account = enrolment_storage.locked(number)
        found = colleague(steward, number)
        if is_own(steward, found):
            raise TieRefused
        tying_rules.require_reason(why, ties=practitioner is not None)
        if practitioner is not None and practitioner not in {who.id for who in candidates(steward, found.facility)}:
            raise AccountProblem(
                "เลือกได้เฉพาะบุคลากรอื่นที่ทะเบียนบอกว่าทำงานที่หน่วยบริการนี้วันนี้: ถ้ายังไม่มี เพิ่มในหน้า เพิ่มบุคลากร ก่อน",
                "only somebody else who works at the facility today by the registry can be chosen: if they are missing "
                "there, add them to its staff first",
            )
        if account is not None and account.practitioner != practitioner:
            tie(account, practitioner, actor=steward.actor, why=why)
    return found


def require_practitioner(number: int | None) -> registry.Practitioner | None:
    """The practitioner of this number; None for None. Raises AccountProblem where the registry has none."""
    known = registry.practitioner(number) if number is not None else None
    if number is not None and known is None:
        raise AccountProblem(
            "ทะเบียนไม่มีบุคลากรเลขนี้: นำเข้าด้วย suksala registry practitioners",
            "the registry has no practitioner of this number: see suksala registry practitioners",
        )
    return known


def tie(account: Account, practitioner: int | None, *, actor: str, why: TieReason | None = None) -> None:
    """Keep the tie, within the present transaction; apps that the account allowed follow at once."""
    before = account.practitioner
    enrolment_storage.set_practitioner(account, practitioner)
    detail: dict[str, Any] = {"account": account.login, "practitioner": practitioner, "before": before}
    if why is not None:
        detail["why"] = why.value
    audit.record("signin.practitioner-tied", actor=actor, facility=account.hospcode or None, detail=detail)
    service.tell_changed()


def tie_vouched(account: Account, provider: str, told: Mapping[str, Any], places: list[str]) -> bool:
    """Tie an account to the practitioner for whose licence a provider vouches; a tie that stands is left.

    told    the profile of Provider ID; places  the facilities of the network that it names
    False: the licence is another practitioner's than the account's. It is a fact, as is one that contradicts the
    registry.
    """
    rows = {
        one.hospcode: _row(one, told)
        for one in provider_rules.practices(told.get("organization"), clock.today())
        if one.hospcode in places
    }
    licensed = [row for row in rows.values() if row.licensed]
    if not licensed:
        return True
    with database.transaction():
        found = registry.keep_vouched(rows, actor=f"system:{provider}")
        if found is not None and account.practitioner is None:
            tie(account, found, actor=f"system:{provider}")
        if found is None or found != account.practitioner:
            detail = {"account": account.login, "practitioner": account.practitioner, "other": found}
            audit.record("signin.practitioner-unclear", actor=f"system:{provider}", detail=detail)
    return found is None or found == account.practitioner


def _row(one: provider_rules.Practice, told: Mapping[str, Any]) -> registry.ProviderRow:
    given = {name: str(told.get(name) or "")[:100] for name in ("title_th", "firstname_th", "lastname_th")}
    english = {name: str(told.get(name) or "")[:100] for name in ("firstname_en", "lastname_en")}
    return registry.ProviderRow(
        "",
        one.council,
        one.licence,
        title=given["title_th"],
        given_th=given["firstname_th"],
        family_th=given["lastname_th"],
        given_en=english["firstname_en"],
        family_en=english["lastname_en"],
        codes=(one.code,),
        licence_until=one.until,
        named_at=clock.now(),
    )
