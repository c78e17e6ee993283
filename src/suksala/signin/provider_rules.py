"""Outside identity providers: what an operator tells of them, and what must hold of what they answer. Pure.

ThaiD and hospitals speak OpenID Connect Core 1.0 with discovery; staff of the ministry come by Health ID and then
Provider ID, whose profile names the organisations, positions and licences of somebody.
"""

from __future__ import annotations

import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from suksala.foundation import SuksalaError
from suksala.foundation.transport import is_safe

KINDS = ("thaid", "oidc", "provider-id")
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384")  # no HMAC, no `none`: the key is a public one
ANSWER_WITHIN = timedelta(minutes=10)  # from the first redirect to the callback
CHOOSE_WITHIN = timedelta(minutes=10)  # from the callback to the choice of a facility
SKEW = timedelta(seconds=30)
SWITCHES = ("always_asks", "made_up")
# Beginnings of position names of Provider ID that give care, the longer before those that they begin with: the council
# that licenses them (table COUNCIL; "" for one that the table has not) and what they do (table PROVIDERTYPE).
POSITIONS = {
    "แพทย์แผนไทย": ("", "081"),
    "แพทย์": ("01", "01"),
    "นายแพทย์": ("01", "01"),
    "พยาบาล": ("02", "03"),
    "เภสัชกร": ("03", "11"),
    "ทันตแพทย์": ("04", "02"),
    "นักกายภาพบำบัด": ("05", "12"),
    "นักเทคนิคการแพทย์": ("06", "13"),
    "นักวิชาการสาธารณสุข": ("", "05"),
    "เจ้าพนักงานสาธารณสุข": ("", "04"),
    "นักจิตวิทยาคลินิก": ("", "09"),
    "นักรังสีการแพทย์": ("", "09"),
    "นักโภชนาการ": ("", "09"),
}


class Asking(Enum):
    """For what somebody is sent to a provider; decided where they are sent from, never by the answer."""

    SIGN_IN = "sign-in"
    PROVE = "prove"  # that who sits there is still the same person
    CONNECT = "connect"  # that this identity opens the signed-in account from now on


# How long ago the provider may have asked who somebody is, when they are sent there (OpenID Connect `max_age`).
MAX_AGE = {Asking.SIGN_IN: timedelta(minutes=5), Asking.PROVE: timedelta(0), Asking.CONNECT: timedelta(0)}

# Whose accounts an identity can be connected to: ThaiD vouches for citizens, the others for who works here.
CONNECTS = {
    "thaid": ("citizen",),
    "provider-id": ("clinician",),
    "oidc": ("clinician", "clerk", "district", "steward", "privacy"),
}


class ProviderProblem(SuksalaError):
    """The file of identity providers cannot be read. Sign-in through them is off."""

    code = "SKL-SIGNIN-011"


class ProviderDown(SuksalaError):
    """An identity provider did not answer as it should. Nobody was signed in."""

    code = "SKL-SIGNIN-012"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "ผู้ให้บริการยืนยันตัวตนไม่ตอบ ลองใหม่ หรือเข้าด้วยพาสคีย์",
            "the identity provider does not answer; try again, or use your passkey",
        )


class NoPlace(SuksalaError):
    """Known, but nowhere that takes part here: no facility of the network, no position that gives care, or no licence
    that is valid today. Nobody was signed in.
    """

    code = "SKL-SIGNIN-013"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "ไม่พบหน่วยบริการในเครือข่ายที่ท่านปฏิบัติงานด้วยใบอนุญาตที่ยังไม่หมดอายุ ติดต่อผู้ดูแลระบบของหน่วยบริการ",
            "no facility of the network where you work under a valid licence; ask the operator of your facility",
        )


class NotConnected(SuksalaError):
    """An identity that cannot be connected to this account: it opens another one, or is of another person. Nothing
    was connected.
    """

    code = "SKL-SIGNIN-014"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "เชื่อมไม่ได้: บัญชีนั้นเชื่อมกับผู้ใช้อื่นอยู่แล้ว หรือเป็นของบุคคลอื่น บัญชีของท่านยังเป็นเหมือนเดิม",
            "not connected: that identity opens another account already, or is another person's; nothing has changed",
        )


class LastWayIn(SuksalaError):
    """The only way into the account cannot be taken away. It is still there."""

    code = "SKL-SIGNIN-015"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "เป็นทางเข้าเดียวของบัญชีนี้ สร้างพาสคีย์ก่อน แล้วจึงยกเลิกการเชื่อม",
            "it is the only way into this account; make a passkey first, then disconnect it",
        )


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that the operator set up.

    id          its part of the address /signin/with/<id>/
    kind        thaid, oidc or provider-id
    issuer      OpenID Connect issuer; for provider-id the address of Health ID
    second      for provider-id: the address of Provider ID
    api_key     sent with each call where the provider wants one, in the header `api_key_header`
    always_asks whether, as the operator has seen, nobody passes it without being asked who they are at that moment:
                what counts where a provider does not tell when it asked
    made_up     whether it is a demo's, at which everybody says whom they like to be: nothing but a demo takes it
    """

    id: str
    kind: str
    name_th: str
    name_en: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    second: str = ""
    second_client_id: str = ""
    second_secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    api_key_header: str = "X-API-Key"
    always_asks: bool = False
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may act today."""

    hospcode: str
    position: str


@dataclass(frozen=True, slots=True)
class Practice:
    """What a profile says of somebody's work at one place today.

    council, licence  of the licence, where the provider says that the council confirmed it; "" otherwise
    code              what they do, of the table PROVIDERTYPE
    until             last day of the licence; None: not told
    """

    hospcode: str
    position: str
    code: str
    council: str = ""
    licence: str = field(default="", repr=False)
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for.

    subject    what the provider calls them, and always will
    told       all that it said
    proved_at  when it asked them who they are; None: it does not say, so nothing shows that it was now
    """

    subject: str
    told: Mapping[str, Any] = field(repr=False)
    proved_at: datetime | None


def read_providers(text: str) -> dict[str, Provider]:
    """The providers of a TOML file (docs/how-to/let-people-sign-in.md). Raises ProviderProblem, without any value."""
    try:
        tables = tomllib.loads(text).get("provider", [])
        found = [Provider(**table) for table in tables]
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise unreadable() from error
    if not all(_is_sound(one) for one in found) or len({one.id for one in found}) != len(found):
        raise unreadable()
    return {one.id: one for one in found}


def require_real(found: Mapping[str, Provider], *, demo: bool) -> None:
    """Raises ProviderProblem where a made-up provider is set up outside a demo: there anybody is anybody."""
    if not demo and any(one.made_up for one in found.values()):
        raise ProviderProblem(
            "แฟ้ม SUKSALA_PROVIDERS มีผู้ให้บริการสมมติของระบบสาธิต ใช้นอกระบบสาธิตไม่ได้",
            "the file SUKSALA_PROVIDERS names a made-up provider of the demo, at which anybody can be anybody",
            code="SKL-SIGNIN-033",
        )


def unreadable() -> ProviderProblem:
    """What is said of a file that is not there, not text, or not as the how-to says."""
    return ProviderProblem(
        "เปิดแฟ้มผู้ให้บริการยืนยันตัวตน (SUKSALA_PROVIDERS) ไม่ได้ หรือเนื้อหาไม่ถูกต้อง ดู docs/how-to/let-people-sign-in.md",
        "the file SUKSALA_PROVIDERS names is not there, or not as docs/how-to/let-people-sign-in.md says",
    )


def _is_sound(one: Provider) -> bool:
    texts = [getattr(one, name) for name in one.__dataclass_fields__ if name not in SWITCHES]
    switches = [getattr(one, name) for name in SWITCHES]
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(one, bool) for one in switches):
        return False
    if one.kind not in KINDS:
        return False
    addresses = [one.issuer, one.second] if one.kind == "provider-id" else [one.issuer]
    return one.id.isascii() and one.id.replace("-", "").isalnum() and all(map(is_safe, addresses))


def is_answer_to(asked: Mapping[str, str], provider: str, answer: Mapping[str, str], now: datetime) -> bool:
    """Whether a callback answers what this browser asked: of this provider, with its state, within ten minutes."""
    return (
        asked.get("provider") == provider
        and hmac.compare_digest(asked.get("state", "").encode(), answer.get("state", "").encode())
        and now - datetime.fromisoformat(asked.get("at", "1970-01-01T00:00:00+00:00")) <= ANSWER_WITHIN
    )


def is_of_issuer(answer: Mapping[str, str], issuer: str, *, promised: bool) -> bool:
    """The defence against mix-up (RFC 9207): the answer names its issuer, always where the provider promised to."""
    return answer["iss"] == issuer if "iss" in answer else not promised


def are_claims_right(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now: datetime) -> bool:
    """Whether an ID token is for us, of this sign-in and still good (OpenID Connect Core 3.1.3.7)."""
    audience = claims.get("aud")
    ends, made, said = claims.get("exp"), claims.get("iat"), claims.get("nonce")
    return (
        claims.get("iss") == issuer
        and audience in (client, [client])
        and isinstance(ends, int | float)
        and isinstance(made, int | float)
        and now.timestamp() < ends + SKEW.total_seconds()
        and made <= now.timestamp() + SKEW.total_seconds()
        and isinstance(said, str)
        and hmac.compare_digest(said.encode(), nonce.encode())
        and isinstance(claims.get("sub"), str)
        and bool(claims["sub"])
    )


def asked_at(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the provider asked who somebody is (`auth_time`), never later than now; None where nothing tells it: it is
    missing, no number of seconds, or of the future by more than clocks may differ.
    """
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told <= (now + SKEW).timestamp():
        return None
    return min(datetime.fromtimestamp(told, UTC), now)


def is_recent(proved_at: datetime | None, asking: Asking, sent_at: datetime) -> bool:
    """Whether the provider asked as lately as it was told to: `MAX_AGE` before we sent somebody there, give or take
    what clocks may differ. Where it does not say when, it counts for signing in, and for no fresh proof.
    """
    if proved_at is None:
        return asking is Asking.SIGN_IN
    return proved_at >= sent_at - MAX_AGE[asking] - SKEW


def places(organizations: Any, on: date) -> list[Place]:
    """Where a profile of Provider ID lets somebody give care today: a position of the table, no expired licence."""
    return list(dict.fromkeys(Place(one.hospcode, one.position) for one in practices(organizations, on)))


def practices(organizations: Any, on: date) -> list[Practice]:
    """As `places`, with what each says of the licence. What the owner of a profile typed, and no council has confirmed
    (`license_id_verify`), is not taken for a licence: it could be anybody's.
    """
    listed = organizations if isinstance(organizations, list) else []
    return [read for one in listed if isinstance(one, dict) and (read := _practice(one, on)) is not None]


def _practice(told: Mapping[str, Any], on: date) -> Practice | None:
    hospcode, position = str(told.get("hcode", "")), str(told.get("position", "")).strip()
    kind = next((of for beginning, of in POSITIONS.items() if position.startswith(beginning)), None)
    until = _last_day(told.get("license_expired_date"))
    if kind is None or on > until:
        return None
    council, code = kind
    number = str(told.get("license_id") or "").replace(" ", "")
    if not council or not number or told.get("license_id_verify") is not True:
        return Practice(hospcode, position, code)
    return Practice(hospcode, position, code, council, number, until if until < date.max else None)


def _last_day(expires: Any) -> date:
    """The last day counts; some licences have none, and one that cannot be read is over."""
    if expires in (None, ""):
        return date.max
    try:
        return date.fromisoformat(str(expires)[:10])
    except ValueError:
        return date.min
