"""Use cases of ingest: receive, apply, void, tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from suksala import audit, lake, registry
from suksala.foundation import clock, database, jobs, log, progress
from suksala.standards.file43 import FILES, zip_name

from . import applying, domain, storage, voiding
from .errors import DepositRefused, ZipRefused
from .limits import LIMITS

ACTOR = "system:ingest"
_log = log.get("ingest")


def receive(
    source: Path | str | BinaryIO, *, file_name: str | None = None, sender: str | None = None
) -> domain.Deposit:
    """Keep a zip, give it a number and ask for it to be applied. When this returns, the bytes are safe on disk.

    source     a path, or a stream that is read to its end
    file_name  the name the sender gave it; the path's name when not given
    sender     HOSPCODE, where it is known from who is signed in or from --sender

    The same bytes again give the deposit that is there, with `repeated` set; one that was refused is tried again, under
    the name that it has now, and one that is not applied yet is asked for again if no job waits.
    Raises ZipRefused 009 (too large), DepositRefused 008, 009, 010 (it is being voided), and scanning.Malicious and
    scanning.NotScanned where files are scanned (decision 0160); then nothing was kept.
    """
    if sender is not None and not (sender.isascii() and sender.isalnum() and len(sender) == 5):
        raise DepositRefused("009")
    sha, size, name = _keep(source, file_name)
    deposit = None
    while deposit is None:  # taken back between the two: then it is new after all
        deposit = _first(sha, size, name, sender) or _again(sha, name, sender)
    return deposit


def receive_from(facility: str, source: BinaryIO, *, file_name: str | None = None) -> domain.Deposit:
    """Keep a zip that a facility's own people send, as `receive` does, where an agreement in force lets deposits flow.

    What an operator brings in is theirs to answer for and needs none (decision 0206).
    Raises registry.NoAgreement: nothing was kept then; the zip is still the sender's, and comes in by any later day.
    """
    registry.require_agreement(facility, registry.Flow.DEPOSIT, clock.today())
    return receive(source, file_name=file_name, sender=facility)


def may_send(facility: str) -> bool:
    """Whether an agreement in force today lets a facility's own people send deposits."""
    today = clock.today()
    return any(a.covers(facility, registry.Flow.DEPOSIT, today) for a in registry.agreements(facility))


def _keep(source: Path | str | BinaryIO, file_name: str | None) -> tuple[str, int, str]:
    if not isinstance(source, str | Path):
        sha, size = storage.keep(source, LIMITS)
        return sha, size, _bare(file_name or "")
    path = Path(source)
    try:
        with path.open("rb") as stream:
            sha, size = storage.keep(stream, LIMITS)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DepositRefused("008") from error
    return sha, size, _bare(file_name or path.name)


def _bare(name: str) -> str:
    """A sender's file name without folders and without anything a terminal obeys."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:200]


def _exported_at(name: str) -> datetime | None:
    """When the zip was exported; a moment in the future says nothing, for a wrong clock must not win for ever."""
    moment = zip_name(name).exported_at
    if moment is None:
        return None
    aware = moment.replace(tzinfo=clock.BANGKOK)
    return aware if aware <= clock.now() + timedelta(days=1) else None


def _first(sha: str, size: int, name: str, sender: str | None) -> domain.Deposit | None:
    """The new deposit; None when these bytes are here already."""
    facility = sender or zip_name(name).hospcode
    with database.transaction():
        deposit = storage.insert(sha, size, name, sender, _exported_at(name))
        if deposit is None:
            return None
        _ask(deposit.id, facility)
        audit.record("ingest.receive", actor=ACTOR, facility=facility, detail={"deposit": deposit.id})
    _log.info("received", deposit=deposit.id, state=deposit.state)
    return deposit


def _again(sha: str, name: str, sender: str | None) -> domain.Deposit | None:
    """The deposit of bytes that are here already, set going again where it stands still; None when it is void now."""
    found = storage.by_sha(sha)
    if found is None:
        return None
    if found.state == "voiding":
        jobs.enqueue("ingest.void", once=True, deposit=found.id)
        raise DepositRefused("010", deposit=found.id)
    if found.state == "refused":
        _try_again(found, name or found.file_name, sender)
    elif found.state in domain.OPEN:  # without the facility's lock: a worker that was killed may seem to hold it still
        jobs.enqueue("ingest.apply", once=True, deposit=found.id)
    return replace(_deposit(found.id), repeated=True)


def _try_again(refused: domain.Deposit, name: str, sender: str | None) -> None:
    """Forget why it was refused. Its name may be what was put right: who sends and when it was exported follow it."""
    given = refused.given_sender or sender  # who was named first stays: bytes sent again do not change hands
    told = {"file_name": name, "exported_at": _exported_at(name), "given_sender": given, "hospcode": None}
    with database.transaction():
        if storage.set_state(refused.id, "received", of={"refused"}, **told, code="", th="", en=""):
            _ask(refused.id, given or zip_name(name).hospcode)


def _ask(deposit: int, hospcode: str | None) -> None:
    """Ask a worker to apply it; zips of one facility one after another, so that no worker waits for another's lock."""
    jobs.enqueue("ingest.apply", lock=f"facility-{hospcode}" if hospcode else None, deposit=deposit)


def apply(deposit_id: int, told: progress.Progress | None = None) -> domain.Receipt:
    """Take a received deposit into the lake, identity and the record; returns its receipt.

    Done already: the receipt is returned and nothing is touched. Killed in the middle: calling again does it anew.
    A zip that cannot be used is refused whole, with nothing taken in; that is a receipt too, not an error.
    Raises DepositRefused 005 for a number nobody knows.
    """
    deposit = _deposit(deposit_id)
    if deposit.state in domain.OPEN:
        _apply(deposit, told or progress.silent())
    return receipt(deposit_id)


def _apply(deposit: domain.Deposit, told: progress.Progress) -> None:
    try:
        found = applying.look_inside(storage.zip_path(deposit.sha256))
        named = zip_name(deposit.file_name).hospcode
        hospcode = applying.sender_of(deposit, deposit.given_sender, named, found)
    except (ZipRefused, DepositRefused) as problem:
        _refuse(deposit, problem)
        return
    with storage.facility_lock(hospcode):
        if not storage.set_state(deposit.id, "applying", of=domain.OPEN, hospcode=hospcode):
            return  # another worker was quicker, or somebody takes it back
        with storage.place(deposit.id) as place:
            work = applying.Applying(deposit, hospcode, place, told)
            work.take_in(found)
            if not any(f.state == "accepted" for f in work.files):
                _refuse(deposit, DepositRefused("004"), work)
                return
            linked = work.link()
            work.count_orphans()
            work.tell_registry()
            work.publish()
        _close(deposit, work, {"created": linked.created, "linked": linked.linked, "reviews": linked.reviews})


def _refuse(
    deposit: domain.Deposit, problem: ZipRefused | DepositRefused, work: applying.Applying | None = None
) -> None:
    told = {"code": problem.code, "th": problem.th, "en": problem.en}
    with database.transaction():
        if not storage.set_state(deposit.id, "refused", of=domain.OPEN, **told, applied_at=clock.now()):
            _log.info("overtaken", deposit=deposit.id)  # it is being taken back; the voider undoes what was done
            return
        storage.save_files(deposit.id, work.files if work else [])
        audit.record("ingest.refuse", actor=ACTOR, detail={"deposit": deposit.id, "code": problem.code})
    storage.forget_files(deposit.id)
    _log.info("refused", deposit=deposit.id, code=problem.code)


def _close(deposit: domain.Deposit, work: applying.Applying, linked: dict[str, int]) -> None:
    counts = {
        "deposit": deposit.id,
        "accepted": sum(f.accepted for f in work.files),
        "refused": sum(f.refused for f in work.files),
    }
    told = {"applied_at": clock.now(), "linked": storage.as_json(linked)}
    with database.transaction():
        if not storage.set_state(deposit.id, "applied", of={"applying"}, **told):
            _log.info("overtaken", deposit=deposit.id)  # it is being taken back; the voider undoes what was done
            return
        storage.save_files(deposit.id, work.files)
        audit.record("ingest.apply", actor=ACTOR, facility=work.hospcode, detail=counts)
        registry.told_exchange(work.hospcode, clock.today())
    _log.info("applied", facility=work.hospcode, **counts)


def void(deposit_id: int, reason: str, *, actor: str = ACTOR) -> domain.Receipt:
    """Take a deposit back, as if it had never been sent; its bytes and the reason stay. The same zip may be sent again.

    reason  why, in the steward's words, at least 5 characters
    Raises DepositRefused 005 (no such deposit), 006 (void already), 007 (no reason).
    """
    if len(reason.strip()) < domain.LEAST_REASON:
        raise DepositRefused("007", least=domain.LEAST_REASON)
    with database.transaction():
        moved = storage.set_state(deposit_id, "voiding", of=domain.VOIDABLE, void_reason=reason.strip())
        deposit = _deposit(deposit_id)
        if not moved:
            raise DepositRefused("006", deposit=deposit_id, state=deposit.state)
        jobs.enqueue("ingest.void", deposit=deposit_id)
        audit.record("ingest.void", actor=actor, facility=deposit.hospcode, detail={"deposit": deposit_id})
    finish_void(deposit_id)
    return receipt(deposit_id)


def finish_void(deposit_id: int) -> None:
    """Do what is left of voiding a deposit; safe to repeat, nothing to do when it is void."""
    deposit = _deposit(deposit_id)
    if deposit.state != "voiding":
        return
    if deposit.hospcode is not None:
        with storage.facility_lock(deposit.hospcode):
            voiding.take_back(deposit, deposit.hospcode)
    storage.set_state(deposit_id, "void", of={"voiding"}, voided_at=clock.now())
    storage.forget_files(deposit_id)


def receipt(deposit_id: int) -> domain.Receipt:
    """What became of a deposit, as far as it has come. Raises DepositRefused 005."""
    deposit = _deposit(deposit_id)
    return domain.Receipt(deposit, tuple(storage.load_files(deposit_id)), storage.linked(deposit_id))


def deposits(*, hospcode: str | None = None, state: str | None = None, limit: int = 200) -> list[domain.Deposit]:
    """Deposits, newest first, of one sender or in one state if asked."""
    return storage.deposits(hospcode, state, limit)


def ages() -> list[domain.SenderAge]:
    """How old each sender's data are today, by export time where the zip's name tells it."""
    today = clock.today()
    found = []
    for hospcode, count, received, exported in storage.ages():
        last = (exported or received.astimezone(clock.BANGKOK)).date()
        found.append(domain.SenderAge(hospcode, count, received, exported, (today - last).days))
    return found


def problems(hospcode: str | None = None) -> list[tuple[str, str, str, str, int, int]]:
    """(file, column, kind, severity, rows, deposits) of every rule broken in applied deposits, most rows first."""
    return storage.problem_totals(hospcode)


def _deposit(deposit_id: int) -> domain.Deposit:
    found = storage.deposit(deposit_id)
    if found is None:
        raise DepositRefused("005", deposit=deposit_id)
    return found


def tidy() -> None:
    """Remove what nobody needs any more: refused rows kept their time, and files of the lake that no version uses."""
    forgotten = storage.forget_refused(clock.now() - domain.REFUSED_KEPT)
    removed = sum(lake.tidy(file) for file in FILES)
    if forgotten or removed:
        _log.info("tidied", deposits=forgotten, files=removed)
