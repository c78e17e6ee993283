"""What can go wrong when somebody asks who is who."""

from __future__ import annotations

from collections.abc import Iterable

from suksala.foundation import SuksalaError


class NoSuchPerson(SuksalaError):
    """No registration has this person id."""

    code = "SKL-ID-001"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่มีการลงทะเบียนนี้ในระบบ", "there is no such registration here")


class NoSuchHuman(SuksalaError):
    """No human has this id, or the public id is not one of ours."""

    code = "SKL-ID-002"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่พบบุคคลนี้ในระบบ", "there is no such human here")


class NoSuchEvent(SuksalaError):
    """No identity event has this number."""

    code = "SKL-ID-003"
    http_status = 404

    def __init__(self) -> None:
        super().__init__(
            "ไม่มีเหตุการณ์หมายเลขนี้ ดูหมายเลขได้จาก suksala identity explain",
            "there is no event with this number; `suksala identity explain` shows the numbers",
        )


class NotUndoable(SuksalaError):
    """The event changed nothing that could be taken back, such as the birth of a registration, or was undone before."""

    code = "SKL-ID-004"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "เหตุการณ์นี้ยกเลิกไม่ได้ หรือถูกยกเลิกไปแล้ว ยังไม่มีอะไรเปลี่ยน",
            "this event cannot be undone or was undone already; nothing was changed",
        )


class LaterEvents(SuksalaError):
    """Later events built on this one; they are to be undone first, newest first."""

    code = "SKL-ID-005"
    http_status = 409

    def __init__(self, later: Iterable[int]) -> None:
        numbers = ", ".join(str(seq) for seq in later)
        super().__init__(
            f"มีเหตุการณ์ใหม่กว่าที่ต้องยกเลิกก่อน (ใหม่สุดก่อน): {numbers} ยังไม่มีอะไรเปลี่ยน",
            f"later events must be undone first, newest first: {numbers}; nothing was changed",
        )


class NotKnown(SuksalaError):
    """A file of registrations whose humans are known does not have the columns, or holds no row."""

    code = "SKL-ID-006"
    http_status = 400

    def __init__(self, th: str, en: str) -> None:
        super().__init__(f"อ่านแฟ้มทะเบียนพร้อมเฉลยไม่ได้: {th}", f"this is no file of registrations with their humans: {en}")


class ModelRefused(SuksalaError):
    """A model with a level that was not trained, of other comparisons than this version's, or of too few people."""

    code = "SKL-ID-007"
    http_status = 409

    def __init__(self, population: str, en: str) -> None:
        super().__init__(
            f"ใช้แบบจำลองของกลุ่ม {population} ไม่ได้ ข้อมูลน้อยเกินไปหรือฝึกไม่ครบทุกระดับ", f"model {population}: {en}"
        )


class NotJudged(SuksalaError):
    """A reviewer's answer was not taken; nothing was changed."""

    code = "SKL-ID-020"
    http_status = 422


class NoSuchQuestion(SuksalaError):
    """No such question waits for this reviewer: it was answered meanwhile, or it is about people served elsewhere."""

    code = "SKL-ID-021"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่มีคำถามนี้รออยู่ อาจมีผู้ตอบแล้ว", "no such question waits here; somebody may have answered it")


class NoSpark(SuksalaError):
    """Registrations were to be weighed on Spark, which is not installed here; nothing was weighed."""

    code = "SKL-ID-009"

    def __init__(self) -> None:
        super().__init__(
            "ยังไม่ได้ติดตั้ง pyspark ดู docs/how-to/match-on-a-cluster.md",
            "pyspark is not installed here: see docs/how-to/match-on-a-cluster.md",
        )


class AlreadyWeighing(SuksalaError):
    """Many registrations are being weighed already; one run at a time."""

    code = "SKL-ID-008"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "กำลังเปรียบเทียบการลงทะเบียนอยู่แล้ว รอให้เสร็จก่อน",
            "registrations are being weighed already; wait until that is over",
        )
