"""Refusals of people who prove who they are: the same words whatever was wrong. Pure."""

from __future__ import annotations

from suksala.foundation import SuksalaError


class NotProved(SuksalaError):
    """Who asks did not prove who they are: one answer for every reason. Nobody was signed in, nothing was changed."""

    code = "SKL-SIGNIN-008"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "ยืนยันตัวตนไม่สำเร็จ ลองใหม่ หรือติดต่อผู้ดูแลระบบของหน่วยงาน",
            "not recognised; try again, or ask the operator of your organisation",
        )


class TooManyTries(SuksalaError):
    """Too many tries from one place or for one name. This one was not looked at."""

    code = "SKL-SIGNIN-009"
    http_status = 429

    def __init__(self) -> None:
        super().__init__("ลองหลายครั้งเกินไป รอ 5 นาทีแล้วลองใหม่", "too many tries; wait 5 minutes and try again")


class WeakPassword(SuksalaError):
    """A password that is easy to guess. The former one, if any, still counts."""

    code = "SKL-SIGNIN-010"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "รหัสผ่านต้องยาว 15 ถึง 256 ตัวอักษร และต้องไม่ใช่เพียงคำที่เดาได้หนึ่งหรือสองคำกับตัวเลข เช่น คำที่คนใช้บ่อย ชื่อของท่าน "
            "หรือคำในวงการสาธารณสุข ลองใช้สี่คำที่ไม่เกี่ยวกัน",
            "a password has 15 to 256 characters and is more than one or two words that can be guessed, such as common "
            "ones, your name or words of health care, with digits; try four unrelated words",
        )
