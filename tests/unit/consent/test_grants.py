"""An emergency grant as a value: 72 hours from its beginning, no way back, no way to lengthen it (S2.58, T02, T24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from suksala.consent import (
    ClassReason,
    Cosigner,
    Criterion,
    Extent,
    Grant,
    GrantProblem,
    GrantState,
    Need,
    Verdict,
    grants,
)
from suksala.consent.grants_clock import Readings

from .emergency import BEGAN, NEED, WORDS

REQUESTED = Grant(UUID(int=7), 1, frozenset({1, 2}), "account:doctor", "พญ.สมหญิง", "99803", NEED)
ACTIVE = grants.activate(REQUESTED, BEGAN)
HOURS_72 = timedelta(hours=72)


@pytest.mark.parametrize(
    ("after", "is_open"),
    [
        (timedelta(0), True),
        (timedelta(seconds=-1), False),  # a clock set back to before the beginning
        (timedelta(hours=71, minutes=59, seconds=59), True),
        (HOURS_72, False),
        (timedelta(days=365), False),
    ],
)
def test_it_is_open_for_72_hours_to_the_second(after: timedelta, is_open: bool) -> None:
    assert ACTIVE.is_open(BEGAN + after) is is_open


def test_a_requested_grant_opens_nothing() -> None:
    assert not REQUESTED.is_open(BEGAN)
    with pytest.raises(ValueError, match="only requested"):
        _ = REQUESTED.until


def test_the_second_in_which_it_begins_counts_whole() -> None:
    """It ends on a whole second, as its key does."""
    begun = grants.activate(REQUESTED, BEGAN + timedelta(microseconds=999_999))
    assert begun.until == BEGAN + HOURS_72


@pytest.mark.parametrize("how", sorted(grants.ENDINGS))
def test_what_has_ended_is_shredded_and_reviewed_and_nothing_else(how: GrantState) -> None:
    ended = grants.end(ACTIVE, how, BEGAN + timedelta(hours=1))
    shredded = grants.shred(ended, BEGAN + timedelta(hours=1))
    reviewed = grants.review(shredded, Verdict.JUSTIFIED, "", "account:privacy", BEGAN + timedelta(days=2))
    assert [g.state for g in (ended, shredded, reviewed)] == [how, GrantState.SHREDDED, GrantState.REVIEWED]
    for over in (ended, shredded, reviewed):
        assert not over.is_open(BEGAN + timedelta(minutes=1))
        for again in (grants.activate, grants.widen):
            with pytest.raises(GrantProblem):
                again(over, BEGAN + timedelta(minutes=1))


def test_the_table_of_steps_has_no_way_back_to_active() -> None:
    assert [state for state, steps in grants.STEPS.items() if GrantState.ACTIVE in steps] == [GrantState.REQUESTED]
    assert set(grants.STEPS) == set(GrantState)


def test_an_end_never_lies_after_the_72_hours() -> None:
    """The chore comes seconds late; what is told is when it ended."""
    late = grants.end(ACTIVE, GrantState.EXPIRED, BEGAN + HOURS_72 + timedelta(seconds=4))
    assert late.ended_at == BEGAN + HOURS_72


def test_an_end_never_lies_before_the_beginning() -> None:
    """A clock set back ended it: told as ended before it began, the same reader could open again at once."""
    ended = grants.end(ACTIVE, GrantState.EXPIRED, BEGAN - timedelta(hours=80))
    assert ended.ended_at == BEGAN


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"criterion": "curious"}, "criterion", "SKL-GRANT-002"),
        ({"criterion": ""}, "criterion", "SKL-GRANT-002"),
        ({"words": "หมดสติ"}, "words", "SKL-GRANT-003"),
        ({"words": "กขคงจฉชซฌญฎฏฐฑ"}, "words", "SKL-GRANT-003"),  # 14 characters
        ({"words": "ก" * 15}, "words", "SKL-GRANT-003"),  # one key held down
        ({"words": "กขคงจ" * 101}, "words", "SKL-GRANT-003"),  # 505 characters
        ({"encounter": ""}, "encounter", "SKL-GRANT-004"),
        ({"encounter": "1; DROP"}, "encounter", "SKL-GRANT-004"),
        ({"encounter": "1" * 31}, "encounter", "SKL-GRANT-004"),
        ({"licence": "doctor"}, "licence", "SKL-GRANT-005"),
        ({"attested": False}, "attested", "SKL-GRANT-006"),
    ],
)
def test_what_a_declaration_must_hold(change: dict[str, str | bool], field: str, code: str) -> None:
    assert [(f.field, f.code) for f in grants.faults(replace(NEED, **change))] == [(field, code)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"words": "กขคงจฉชซฌญฎฏฐฑฒ"},  # 15 characters
        {"words": "กขคงจ" * 100},  # 500
        {"encounter": "1" * 30},
        {"licence": "54321"},
        *({"criterion": code.value} for code in Criterion),
    ],
)
def test_what_is_enough(change: dict[str, str]) -> None:
    assert grants.faults(replace(NEED, **change)) == []  # type: ignore[arg-type]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert [f.field for f in grants.faults(Need("", "", "", "", attested=False))] == [
        "criterion", "words", "encounter", "licence", "attested",
    ]  # fmt: skip


def test_every_criterion_is_told_in_both_languages() -> None:
    """Six groups of UCEP and three reasons why nobody could be asked."""
    assert len(Criterion) == 9
    assert all(code.th and code.en for code in Criterion)


def test_confirmations_open_more_and_move_no_end() -> None:
    """The whole record, then sensitive classes for a named reason; 15 characters here too."""
    more = grants.widen(ACTIVE, BEGAN + timedelta(hours=1))
    assert (more.extent, more.labels, more.until) == (Extent.FULL_RECORD, 0, ACTIVE.until)
    most = grants.widen(more, BEGAN + timedelta(hours=2), labels=1, words=WORDS)
    assert (most.labels, most.reasons, most.until) == (1, (ClassReason(1, WORDS),), ACTIVE.until)
    with pytest.raises(GrantProblem) as refused:
        grants.widen(more, BEGAN + timedelta(hours=2), labels=1, words="อยากรู้")
    assert (refused.value.field, refused.value.code) == ("label_words", "SKL-GRANT-003")


def test_each_sensitive_class_keeps_the_reason_it_was_opened_for() -> None:
    """The form ticks what is open already; the new reason is the new class's only."""
    other = "ต้องให้ยาจิตเวชต่อเนื่องในห้องฉุกเฉิน"
    first = grants.widen(ACTIVE, BEGAN, labels=1, words=WORDS)
    more = grants.widen(first, BEGAN, labels=3, words=other)
    assert more.reasons == (ClassReason(1, WORDS), ClassReason(2, other))
    assert grants.widen(more, BEGAN, labels=2, words=WORDS) == more


def test_nobody_reviews_an_own_opening_and_blame_needs_words() -> None:
    shredded = grants.shred(grants.end(ACTIVE, GrantState.CLOSED_EARLY, BEGAN), BEGAN)
    with pytest.raises(GrantProblem, match="SKL-GRANT-011"):
        grants.review(shredded, Verdict.JUSTIFIED, "", "account:doctor", BEGAN)
    with pytest.raises(GrantProblem, match="SKL-GRANT-003"):
        grants.review(shredded, Verdict.UNJUSTIFIED, "ไม่มีเหตุ", "account:privacy", BEGAN)


def test_what_still_runs_is_not_reviewed() -> None:
    with pytest.raises(GrantProblem, match="SKL-GRANT-012"):
        grants.review(ACTIVE, Verdict.JUSTIFIED, "", "account:privacy", BEGAN)


@pytest.mark.parametrize(
    ("readings", "set_back", "apart"),
    [
        (Readings(BEGAN, BEGAN, BEGAN, BEGAN), False, False),
        (Readings(BEGAN, BEGAN + timedelta(seconds=30)), False, False),
        (Readings(BEGAN, BEGAN + timedelta(seconds=31)), True, False),
        (Readings(BEGAN, BEGAN, mark=BEGAN + timedelta(seconds=31)), True, False),
        (Readings(BEGAN), False, False),  # nobody noted anything yet
        (Readings(BEGAN, BEGAN - timedelta(days=1)), False, False),  # the computer slept
        (Readings(BEGAN, BEGAN, BEGAN + timedelta(seconds=30)), False, False),
        (Readings(BEGAN, BEGAN, BEGAN + timedelta(seconds=31)), False, True),
        (Readings(BEGAN, BEGAN, BEGAN - timedelta(seconds=31)), False, True),
    ],
)
def test_clocks_that_disagree_by_more_than_30_seconds(readings: Readings, set_back: bool, apart: bool) -> None:
    assert (readings.set_back, readings.apart) == (set_back, apart)


def test_the_latest_of_all_clocks_counts() -> None:
    """A clock that is some seconds slow lengthens nothing."""
    late = BEGAN + timedelta(seconds=20)
    assert Readings(BEGAN, BEGAN, late).latest == Readings(BEGAN, late).latest == late
    assert Readings(BEGAN, BEGAN, mark=late).latest == late


class AnyLife(RuleBasedStateMachine):
    """Any steps in any order, with a clock that goes forwards and backwards: what was over stays over."""

    @initialize(at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
    def ask(self, at: datetime) -> None:
        self.now = self.first = at.replace(tzinfo=BEGAN.tzinfo)
        self.grant = REQUESTED
        self.was_over = False
        self.until: datetime | None = None

    @rule(minutes=st.integers(-10_000, 10_000))
    def turn_the_clock(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def activate(self) -> None:
        if self.attempt(lambda: grants.activate(self.grant, self.now)):
            assert self.until is None  # once in a life
            self.until = self.grant.until

    @rule(how=st.sampled_from(sorted(grants.ENDINGS)))
    def end(self, how: GrantState) -> None:
        if self.attempt(lambda: grants.end(self.grant, how, self.now)):
            self.was_over = True

    @rule()
    def shred(self) -> None:
        self.attempt(lambda: grants.shred(self.grant, self.now))

    @rule(labels=st.integers(0, 31))
    def widen(self, labels: int) -> None:
        self.attempt(lambda: grants.widen(self.grant, self.now, labels=labels, words=WORDS))

    @rule(verdict=st.sampled_from(list(Verdict)))
    def review(self, verdict: Verdict) -> None:
        self.attempt(lambda: grants.review(self.grant, verdict, WORDS, "account:privacy", self.now))

    @rule()
    @precondition(lambda self: self.until is not None and self.now >= self.until)
    def read_too_late(self) -> None:
        """What a read that comes too late does: it ends the grant, so a clock set back finds it ended."""
        if self.grant.state is GrantState.ACTIVE:
            self.end(GrantState.EXPIRED)
        assert not self.grant.is_open(self.now)

    def attempt(self, step: object) -> bool:
        try:
            self.grant = step()  # type: ignore[operator]
        except GrantProblem:
            return False
        return True

    @invariant()
    def nothing_lengthens_and_nothing_revives(self) -> None:
        if not hasattr(self, "grant"):
            return
        assert self.until is None or self.grant.until == self.until == self.grant.began + HOURS_72
        if self.was_over:
            assert not any(self.grant.is_open(self.now + timedelta(hours=h)) for h in range(-200, 200, 8))
        if self.grant.is_open(self.now):
            assert self.grant.state is GrantState.ACTIVE
            assert self.grant.began <= self.now < self.grant.began + HOURS_72


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


OTHER = Cosigner("account:nurse", "พว.สมใจ", "99803", "67890", 3)


@pytest.mark.parametrize(
    ("how", "why", "hours", "left"),
    [
        (GrantState.EXPIRED, grants.KEY_LOST, 1, timedelta(hours=71)),
        (GrantState.REVOKED, grants.RESTORED, 71, timedelta(hours=1)),
        (GrantState.EXPIRED, grants.CLOCK_SET_BACK, 72, None),
        (GrantState.EXPIRED, "", 72, None),
        (GrantState.CLOSED_EARLY, "", 1, None),
        (GrantState.REVOKED, "", 1, None),
    ],
)
def test_what_is_left_after_an_end(how: GrantState, why: str, hours: int, left: timedelta | None) -> None:
    """What the system ended is no "again" of the reader's; of the rest only that which the clock still holds."""
    at = BEGAN + timedelta(hours=hours)
    ended = grants.end(ACTIVE, how, at, why)
    assert grants.left_to([ended], at) == left
    assert grants.left_to([ended], BEGAN + timedelta(hours=72)) is None
    again = ended.ended_at or at
    assert grants.left_to([ended], again + HOURS_72 - timedelta(seconds=1)) is None
    assert grants.left_to([ended], again + HOURS_72) == HOURS_72
    assert grants.left_to([replace(ended, followed_by=UUID(int=8))], at) == HOURS_72


class AnyChain(RuleBasedStateMachine):
    """One doctor, one patient, many grants: whatever ends them and whatever clocks say, nobody reads 72 hours after the
    first of a chain without another person. `true` is the time that passes; the system sees wall, uptime and its notes.
    """

    @initialize()
    def begin(self) -> None:
        self.true = self.offset = self.booted = self.reboots = 0
        self.started: datetime | None = None
        self.mark: datetime | None = None
        self.chain: list[Grant] = []
        self.approved = 0
        self.note()

    @property
    def wall(self) -> datetime:
        return BEGAN + timedelta(seconds=self.true + self.offset)

    @property
    def uptime(self) -> timedelta:
        return timedelta(seconds=self.true - self.booted)

    def note(self) -> None:
        began = self.wall - self.uptime
        self.started = began if self.started is None else max(began, self.started)
        self.mark = self.wall if self.mark is None else max(self.wall, self.mark)

    def moment(self) -> datetime | None:
        """As the service works it out: a clock set back ends what is open, and gives no moment."""
        elapsed = None if self.started is None else self.started + self.uptime
        readings = Readings(self.wall, elapsed, self.wall, self.mark)
        if not readings.set_back:
            return readings.latest
        self.chain = [g if g.followed_by else replace(g, rest_until=None) for g in self.chain]
        self.end(GrantState.EXPIRED, readings.latest, grants.CLOCK_SET_BACK if elapsed else "", self.wall)
        self.started = self.mark = None
        self.note()
        return None

    def end(self, how: GrantState, now: datetime, why: str = "", wall: datetime | None = None) -> None:
        if self.chain and self.chain[-1].state is GrantState.ACTIVE:
            self.chain[-1] = grants.end(self.chain[-1], how, now, why, wall=wall)

    def chore(self) -> datetime | None:
        """What runs every few seconds."""
        now = self.moment()
        if now is not None:
            if self.chain and self.chain[-1].state is GrantState.ACTIVE and now >= self.chain[-1].until:
                self.end(GrantState.EXPIRED, now)
            self.note()
        return now

    @rule(minutes=st.integers(1, 3000))
    def wait(self, minutes: int) -> None:
        self.true += minutes * 60
        self.chore()

    @rule(seconds=st.one_of(st.integers(-400_000, 100_000), st.integers(-60, 60)))
    def set_the_clock(self, seconds: int) -> None:
        self.offset += seconds

    @rule(hours=st.integers(0, 100))
    def start_the_machine_anew(self, hours: int) -> None:
        self.chore()
        self.true += hours * 3600
        self.booted, self.started, self.reboots = self.true, None, self.reboots + 1
        self.chore()

    @rule(cosigned=st.booleans())
    def open(self, cosigned: bool) -> None:
        now = self.chore()
        if now is None or (self.chain and self.chain[-1].is_open(now)):
            return
        before = [g for g in self.chain if g.began >= now - grants.LASTS - grants.AGAIN_AFTER]
        left = grants.left_to(before, now)
        wanted = replace(REQUESTED, id=UUID(int=len(self.chain) + 1), lasts=left or HOURS_72, asked_at=now)
        if left is None and not cosigned:
            return
        new = grants.activate(wanted, now) if left is not None else grants.cosign(wanted, OTHER, now)
        if left is None or left == HOURS_72:
            self.approved = self.true
        self.chain = [g if g.followed_by or g not in before else replace(g, followed_by=new.id) for g in self.chain]
        self.chain.append(new)

    @rule(why=st.sampled_from([grants.KEY_LOST, grants.RESTORED]))
    def the_system_ends_it(self, why: str) -> None:
        now = self.chore()
        if now is not None:
            self.end(GrantState.EXPIRED, now, why)

    @rule(how=st.sampled_from([GrantState.CLOSED_EARLY, GrantState.REVOKED]))
    def somebody_ends_it(self, how: GrantState) -> None:
        now = self.chore()
        if now is not None:
            self.end(how, now)

    @invariant()
    def nobody_reads_after_72_hours_without_another_person(self) -> None:
        if not getattr(self, "chain", None):
            return
        elapsed = None if self.started is None else self.started + self.uptime
        readings = Readings(self.wall, elapsed, self.wall, self.mark)
        if not readings.set_back and self.chain[-1].is_open(readings.latest):
            unseen = 30 * self.reboots  # a clock may be slow by 30 s when the machine that counted is started anew
            assert self.true - self.approved <= 72 * 3600 + unseen
        assert sum(g.is_open(readings.latest) for g in self.chain) <= 1


TestAnyChain = AnyChain.TestCase
TestAnyChain.settings = settings(max_examples=500, stateful_step_count=30, deadline=None)
