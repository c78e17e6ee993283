"""`suksala identity train`, `approve-model` and `weigh`: models that join registrations, and what they do here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .console import print_json
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala import identity

ACTOR = "system:operator"


def train(*, shipped: bool, data: Path | None, as_json: bool) -> None:
    """Make models, keep them in shadow, and say which were trained here."""
    with quiet_database(data_folder(data)):
        from suksala import identity

        made = identity.make_model(actor=ACTOR, only_shipped=shipped)
    if as_json:
        print_json([one._asdict() for one in made])
        return
    for one in made:
        how = "ฝึกจากข้อมูลที่นี่ · trained here" if one.trained else "ใช้แบบจำลองที่ให้มากับระบบ · the one that ships"
        why = "" if one.trained or shipped else ": ข้อมูลน้อยเกินไป · too few registrations to learn from"
        print(f"{one.population} {one.number} ({one.registrations:,}): {how}{why}")
    print("ยังไม่เชื่อมใคร ดูผลก่อนด้วย suksala identity approve-model · nobody is joined yet; look at what it would do first")


def approve_model(*, yes: bool, data: Path | None, as_json: bool) -> None:
    """Say what the models in shadow would do, or approve them."""
    with quiet_database(data_folder(data)):
        from suksala import identity

        if yes:
            numbers = identity.approve_model(actor=ACTOR)
        else:
            run = identity.rehearse_model(actor=ACTOR)
    if as_json:
        print_json({"approved": numbers} if yes else run._asdict())
    elif yes and numbers:
        print(f"อนุมัติแล้ว · approved: {', '.join(map(str, numbers))}")
        print("เปรียบเทียบทุกคนด้วย suksala identity weigh --all · now weigh everybody: suksala identity weigh --all")
    elif yes or not run.weighed:
        print("ไม่มีแบบจำลองที่รออนุมัติ หรือไม่มีการลงทะเบียน · no model waits, or nobody is registered; nothing was changed")
    else:
        _tell(run, "ถ้าอนุมัติ · if it is approved")


def weigh(*, everybody: bool, anyway: bool, spark: str | None, data: Path | None, as_json: bool) -> None:
    """Weigh registrations and say what changed; with a folder for Spark, everybody."""
    with quiet_database(data_folder(data)):
        from suksala import identity

        run = identity.weigh(everybody=everybody or spark is not None, anyway=anyway, spark=spark, actor=ACTOR)
    if as_json:
        print_json(run._asdict())
        return
    _tell(run, "ทำแล้ว · done" if run.applied else "ยังไม่ได้เปลี่ยนอะไร · nothing was changed")
    if run.changes_too_many and not run.applied:
        print(
            "เปลี่ยนเกิน 1 ใน 200 คน ตรวจดูก่อน แล้วเรียกซ้ำด้วย --anyway · more than 1 in 200 humans: look, then say --anyway"
        )


def _tell(run: identity.Run, how: str) -> None:
    print(
        f"{how}: {run.weighed:,} การลงทะเบียน เชื่อมเพิ่ม {run.linked:,} แยกออก {run.unlinked:,} คำถามใหม่ {run.reviews:,} "
        f"(ควรแยกหรือไม่ {run.partings:,}) รอรอบหน้า {run.later:,} จาก {run.humans:,} คน · {run.weighed:,} registrations, "
        f"{run.linked:,} joined, {run.unlinked:,} parted, {run.reviews:,} new questions ({run.partings:,}: one or two "
        f"people?), {run.later:,} wait on; {run.humans:,} humans"
    )
