"""The schema of identity: who was registered where, and which registrations are one human.

A registration is born as its own `person`, for ever; a human is a set of persons, told by open membership rows. Nothing
here is re-keyed by a merge (decision 0020).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from suksala.foundation.sealed import SealedField


class RegistrationRow(models.Model):
    """Routing table: (facility, local number) to person. It answers "which person?", so it is not keyed by it."""

    person = models.BigAutoField(primary_key=True, db_comment="key: the person, given at first sight, never changed")
    hospcode = models.CharField(max_length=5, db_comment="quasi: facility that registered the person")
    pid = models.CharField(max_length=15, db_comment="direct: the facility's own number of the person")

    class Meta:
        db_table = "identity_registration"
        db_table_comment = "routing: hospcode and pid to person"
        constraints = [models.UniqueConstraint(fields=["hospcode", "pid"], name="identity_registration_once")]


class DemographicsRow(models.Model):
    """What the facility last sent about the person (PERSON), normalised for matching and search."""

    person = models.BigIntegerField(primary_key=True, db_comment="key: the person")
    number_sealed = SealedField(null=True, db_comment="direct: national number, encrypted")
    number_key = models.BigIntegerField(null=True, db_comment="key: keyed hash of the national number")
    number_class = models.CharField(max_length=2, db_comment="technical: class T1 to T6 of the number, or empty")
    trusted = models.BooleanField(db_comment="technical: the number identifies one human")
    title = models.TextField(db_comment="quasi: title, as sent")
    given = models.TextField(db_comment="direct: given name, normalised")
    family = models.TextField(db_comment="direct: family name, normalised")
    sort_key = models.TextField(db_comment="direct: sort key of the name")
    search_key = models.TextField(db_comment="direct: folded name for search")
    birth = models.DateField(null=True, db_comment="quasi: date of birth")
    sex = models.CharField(max_length=1, db_comment="quasi: sex, as sent")
    newborn = models.BooleanField(db_comment="quasi: a placeholder for a newborn without a name")
    readings = ArrayField(
        models.TextField(), default=list, db_comment="direct: other ways to read the given name as it was sent"
    )
    phone_sealed = SealedField(null=True, db_comment="direct: telephone, encrypted")
    mother_sealed = SealedField(null=True, db_comment="direct: the mother's national number, encrypted")
    passport_sealed = SealedField(null=True, db_comment="direct: passport, encrypted")
    nation = models.CharField(max_length=3, default="", db_comment="quasi: nationality, as sent")
    area = models.CharField(max_length=6, default="", db_comment="quasi: sub-district of the address")
    house = models.TextField(default="", db_comment="direct: house number and village")
    twin_order = models.SmallIntegerField(null=True, db_comment="quasi: order among twins that a placeholder tells")
    dead = models.BooleanField(default=False, db_comment="sensitive: the register of the facility tells of the death")
    d_update = models.DateTimeField(null=True, db_comment="technical: when the facility last changed the row")
    content = models.BinaryField(db_comment="technical: digest of the row, to see a change")

    class Meta:
        db_table = "identity_demographics"
        indexes = [
            models.Index(F("number_key"), name="identity_by_number", condition=Q(number_key__isnull=False)),
            models.Index(fields=["phone_sealed"], name="identity_by_phone", condition=Q(phone_sealed__isnull=False)),
            models.Index(fields=["area", "house"], name="identity_by_house", condition=~Q(house="")),
            GinIndex(OpClass(F("search_key"), name="gin_trgm_ops"), name="identity_by_name"),
        ]


class FormerNameRow(models.Model):
    """Append only: a name that a facility said of somebody until it said another: a marriage, a correction."""

    pk = models.CompositePrimaryKey("person", "seq")
    person = models.BigIntegerField(db_comment="key: the person")
    seq = models.BigIntegerField(db_comment="technical: its place in the order of events")
    title = models.TextField(db_comment="quasi: title, as sent")
    given = models.TextField(db_comment="direct: given name, normalised")
    family = models.TextField(db_comment="direct: family name, normalised")
    until = models.DateTimeField(db_comment="technical: when the facility said another")

    class Meta:
        db_table = "identity_former_name"


class BlockKeyRow(models.Model):
    """What a registration may be found by: registrations that share a key are compared (matching.blocking)."""

    pk = models.CompositePrimaryKey("key", "person")
    key = models.BigIntegerField(db_comment="key: keyed hash of a rule and its values")
    person = models.BigIntegerField(db_index=True, db_comment="key: the person")

    class Meta:
        db_table = "identity_block_key"


class WaitingRow(models.Model):
    """Registrations that came in bulk and are still to be compared with others by weight."""

    person = models.BigIntegerField(primary_key=True, db_comment="key: the person")
    since = models.DateTimeField(db_comment="technical: since when")
    spoke = models.BooleanField(
        default=False,
        db_default=False,
        db_comment="technical: its own row says something else; others wait for a telephone that came to be shared",
    )

    class Meta:
        db_table = "identity_waiting"


class ModelRow(models.Model):
    """Append only but for its state: the weights of pairs, kept as long as any edge tells of them."""

    model = models.BigAutoField(primary_key=True, db_comment="technical: number of the model")
    population = models.CharField(max_length=9, db_comment="technical: adult, child or foreigner")
    told_sealed = SealedField(db_comment="direct: settings and frequencies of names, compressed, encrypted")
    records = models.BigIntegerField(db_comment="technical: registrations it was trained on; 0 for the one that ships")
    threshold = models.FloatField(db_comment="technical: bits from which a pair joins by itself")
    state = models.CharField(max_length=9, db_comment="technical: shadow, automatic or retired")
    made_at = models.DateTimeField(db_comment="technical: when it was made")
    approved_by = models.TextField(default="", db_comment="direct: account that let it join pairs")

    class Meta:
        db_table = "identity_model"
        constraints = [
            models.UniqueConstraint(
                fields=["population", "state"], condition=~Q(state="retired"), name="identity_one_standing_model"
            )
        ]


class EdgeRow(models.Model):
    """What a model said of a pair, from one moment until it was weighed anew; enough to show why, years later."""

    pk = models.CompositePrimaryKey("person", "other", "seq")
    person = models.BigIntegerField(db_comment="key: one person, the older")
    other = models.BigIntegerField(db_comment="key: the other person")
    seq = models.BigIntegerField(db_comment="technical: its place in the order of events")
    model = models.BigIntegerField(db_comment="technical: the model that weighed it")
    weight = models.FloatField(db_comment="technical: bits, the prior included")
    levels = ArrayField(models.SmallIntegerField(), db_comment="technical: level of each comparison, -1 for unknown")
    rarities = ArrayField(models.FloatField(), db_comment="technical: bits that the rarity of each value added")
    veto = models.CharField(max_length=16, db_comment="technical: why the weight does not decide, or empty")
    newborn = models.BooleanField(db_comment="technical: the rule for newborns may join it")
    since = models.DateTimeField(db_comment="technical: when it was weighed")
    until = models.DateTimeField(null=True, db_comment="technical: when it was weighed anew; NULL while it holds")

    class Meta:
        db_table = "identity_edge"
        constraints = [
            models.UniqueConstraint(fields=["person", "other"], condition=Q(until=None), name="identity_one_open_edge")
        ]
        indexes = [models.Index(fields=["other"], condition=Q(until=None), name="identity_edge_by_other")]


class MembershipRow(models.Model):
    """This person is one registration of that human, from one event until another."""

    pk = models.CompositePrimaryKey("person", "opened_by")
    person = models.BigIntegerField(db_comment="key: the person")
    human = models.BigIntegerField(db_comment="key: the human, named by its oldest person")
    opened_by = models.BigIntegerField(db_comment="technical: event that opened the row")
    closed_by = models.BigIntegerField(null=True, db_comment="technical: event that closed it; NULL while it holds")

    class Meta:
        db_table = "identity_membership"
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(closed_by=None), name="identity_one_open_membership")
        ]
        indexes = [
            # with `closed_by`, for what holds now is asked far more often than what held once: without it the planner
            # may read every open membership there is to find those of one human
            models.Index(fields=["human", "closed_by"], name="identity_by_human"),
            models.Index(fields=["opened_by"], name="identity_by_opening"),
        ]


class EventRow(models.Model):
    """Append only: each change of who is who, in order, with its reason and never a raw value."""

    seq = models.BigAutoField(primary_key=True, db_comment="technical: order of events")
    at = models.DateTimeField(db_comment="technical: the moment")
    kind = models.CharField(max_length=8, db_comment="technical: new, link, unlink, correct, judge or undo")
    actor = models.TextField(db_comment="direct: account or part of the system that did it")
    undoes = models.BigIntegerField(null=True, db_comment="technical: the event that this one undid")
    evidence = models.JSONField(db_comment="technical: rules that held and counts; no names, no numbers")

    class Meta:
        db_table = "identity_event"
        indexes = [
            models.Index(fields=["undoes"], name="identity_by_undone", condition=Q(undoes__isnull=False)),
            models.Index(fields=["at"], name="identity_moves_by_time", condition=~Q(kind="new")),
            models.Index(fields=["seq"], name="identity_partings", condition=Q(kind__in=["unlink", "correct", "undo"])),
            models.Index(
                Cast(KeyTextTransform("because", "evidence"), models.BigIntegerField()),
                name="identity_by_cause", condition=Q(evidence__has_key="because"),
            ),
        ]  # fmt: skip


class UntoldRow(models.Model):
    """An event that moved somebody from one human to another, until the layers above took it up; then it is removed."""

    event = models.BigIntegerField(primary_key=True, db_comment="technical: the event")

    class Meta:
        db_table = "identity_untold"


class OverrideRow(models.Model):
    """Append only: a decision about two persons that every later linking obeys; the newest event wins."""

    pk = models.CompositePrimaryKey("person", "other", "event")
    person = models.BigIntegerField(db_comment="key: one person, the older")
    other = models.BigIntegerField(db_index=True, db_comment="key: the other person")
    event = models.BigIntegerField(db_comment="technical: the event that decided")
    kind = models.CharField(max_length=6, db_comment="technical: must or cannot be one human, or open again")

    class Meta:
        db_table = "identity_override"


class ReviewRow(models.Model):
    """A question for a human reviewer: two persons that may, or may not, be one human."""

    pk = models.CompositePrimaryKey("person", "other", "kind")
    person = models.BigIntegerField(db_comment="key: one person, the older")
    other = models.BigIntegerField(db_index=True, db_comment="key: the other person")
    kind = models.CharField(
        max_length=16, db_comment="technical: why it is asked: possible, whose-card, twin and others"
    )
    state = models.CharField(max_length=8, db_comment="technical: open, parked until data change, or settled")
    event = models.BigIntegerField(null=True, db_comment="technical: place in the order of events when it was asked")
    at = models.DateTimeField(db_comment="technical: when the question was asked or settled")
    danger = models.SmallIntegerField(default=0, db_comment="sensitive: how dangerous a wrong answer is, 0 to 9")
    gain = models.FloatField(default=0.0, db_comment="technical: pairs expected to be joined")
    ranked_on = models.DateField(null=True, db_comment="technical: day on which danger and gain were worked out")
    seen = models.BinaryField(null=True, db_comment="technical: digests of both rows when nobody could tell")

    class Meta:
        db_table = "identity_review"
        indexes = [
            models.Index(
                F("danger").desc(), F("gain").desc(), "at", "person", "other",
                name="identity_review_queue", condition=Q(state="open"),
            )
        ]  # fmt: skip


class AnswerRow(models.Model):
    """Append only: what reviewers, and citizens about themselves, said of a question; each answer is a label."""

    pk = models.CompositePrimaryKey("person", "other", "seq")
    person = models.BigIntegerField(db_comment="key: one person, the older")
    other = models.BigIntegerField(db_comment="key: the other person")
    seq = models.BigIntegerField(db_comment="technical: its place in the order of events")
    kind = models.CharField(max_length=16, db_comment="technical: why it was asked")
    at = models.DateTimeField(db_comment="technical: when it was answered")
    reviewer = models.TextField(db_comment="direct: account that answered")
    answer = models.CharField(max_length=12, db_comment="technical: what was said: same, different ...")
    reason = models.TextField(db_comment="sensitive: why, in their words")
    seconds = models.IntegerField(db_comment="technical: how long they looked")
    weight = models.FloatField(null=True, db_comment="technical: bits of the pair then; NULL: nothing was weighed")
    wrong = models.BigIntegerField(null=True, db_comment="key: the registration whose number is wrong")
    seen = models.BinaryField(null=True, db_comment="technical: digests of both rows then, to see a correction")
    sampled = models.BooleanField(default=False, db_comment="technical: one of those that go to two reviewers")
    event = models.BigIntegerField(null=True, db_comment="technical: the event that carried the answer out")

    class Meta:
        db_table = "identity_answer"


class ProtectedRow(models.Model):
    """Append only: somebody whose record many would like to see; who opens it without care is looked at first."""

    pk = models.CompositePrimaryKey("person", "since")
    person = models.BigIntegerField(db_comment="key: a registration of the protected human")
    since = models.DateTimeField(db_comment="technical: when protection began")
    until = models.DateTimeField(null=True, db_comment="technical: when it ended; NULL while it holds")
    reason = models.TextField(db_comment="sensitive: why, in the officer's words")
    facility = models.CharField(
        max_length=5, blank=True, default="", db_comment="quasi: whose officer, empty: exchange"
    )
    actor = models.TextField(db_comment="direct: officer who added it")

    class Meta:
        db_table = "identity_protected"
