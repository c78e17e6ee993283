"""Who may say of an account whose it is, and how they know. Pure."""

from __future__ import annotations

from enum import StrEnum

from suksala.foundation import SuksalaError

from .enrolment_rules import AccountProblem

Known = tuple[int, int | None]  # number of an account, and its practitioner


class TieReason(StrEnum):
    """How a steward knows who gives care under an account, or why a tie ends. Codes, for they stay in the log."""

    LICENCE_SEEN = "licence-seen"  # the card of the council, with its holder
    PERSONNEL_FILE = "personnel-file"
    WRONG = "wrong"  # it was somebody else's account
    LEFT = "left"  # they give no care under it any more


TIES = (TieReason.LICENCE_SEEN, TieReason.PERSONNEL_FILE)
UNTIES = (TieReason.WRONG, TieReason.LEFT)


class TieRefused(SuksalaError):
    """A steward may not say who they are themselves: neither of the own account nor of another one that is theirs, or
    would be. The tie is as it was.
    """

    code = "SKL-SIGNIN-044"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "บอกไม่ได้ว่าตนเองเป็นใคร: ให้ผู้ดูแลข้อมูลท่านอื่น หรือผู้ดูแลระบบ (suksala account tie) เป็นผู้ผูกบัญชีของท่าน",
            "nobody says who they are themselves: let another steward, or the operator (suksala account tie), tie an "
            "account of yours",
        )


def is_own(steward: Known, account: Known) -> bool:
    """Whether an account is the steward's: the one they are in with, or another one that is tied to them."""
    return steward[0] == account[0] or (steward[1] is not None and steward[1] == account[1])


def require_reason(why: TieReason, *, ties: bool) -> None:
    """Raises AccountProblem for a reason to end a tie where one is made, and the other way round."""
    if why not in (TIES if ties else UNTIES):
        raise AccountProblem(
            "เลือกเหตุผลที่ตรงกับการผูกหรือเลิกผูก", "choose a reason for what is done: making a tie, or ending one"
        )
