"""The schema of lists: rows as agencies sent them with versions and statuses, how rows are tied, what callers said."""

from __future__ import annotations

from django.db import models

from suksala.foundation.sealed import SealedField


class ListRow(models.Model):
    """A list of an agency."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the list")
    agency = models.CharField(max_length=41, db_comment="technical: kind and code of the agency")
    name = models.CharField(max_length=32, db_comment="technical: what the agency calls the list")

    class Meta:
        db_table = "lists_list"
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="lists_list_once")]


class LineRow(models.Model):
    """A row of a list as it stands: a source record."""

    id = models.BigAutoField(primary_key=True, db_comment="key: the row")
    list = models.BigIntegerField(db_comment="technical: the list")
    ref = models.BinaryField(db_comment="key: keyed hash of the agency's own id of the row")
    public = models.UUIDField(unique=True, db_comment="key: what outside stands for the person whose oldest row it is")
    said = SealedField(db_comment="direct: id, names, numbers, telephone, age and district as sent, sealed")
    version = models.IntegerField(db_comment="technical: how often it was sent with other content")
    sent_at = models.DateTimeField(db_comment="technical: when this version came")
    birth_year = models.SmallIntegerField(null=True, db_comment="quasi: year of birth, told or from the age")
    district = models.CharField(max_length=4, blank=True, default="", db_comment="quasi: district")
    risk = models.BooleanField(db_comment="sensitive: the agency marked a risk")
    human = models.BigIntegerField(db_index=True, db_comment="key: the person, named by the oldest row of theirs")

    class Meta:
        db_table = "lists_row"
        constraints = [models.UniqueConstraint(fields=["list", "ref"], name="lists_row_once")]


class VersionRow(models.Model):
    """Append only: what a row said before."""

    pk = models.CompositePrimaryKey("row", "version")
    row = models.BigIntegerField(db_comment="key: the row")
    version = models.IntegerField(db_comment="technical: which version")
    said = SealedField(db_comment="direct: the content of that version, sealed")
    sent_at = models.DateTimeField(db_comment="technical: when it came")

    class Meta:
        db_table = "lists_version"


class StatusRow(models.Model):
    """Append only: a status of a row, at the moment of the event."""

    pk = models.CompositePrimaryKey("row", "status", "at")
    row = models.BigIntegerField(db_comment="key: the row")
    status = models.CharField(max_length=19, db_comment="sensitive: what was noted")
    at = models.DateTimeField(db_comment="technical: when it was so")
    told_at = models.DateTimeField(db_comment="technical: when it came here")
    teller = models.TextField(db_comment="direct: who told: an operator, a client or a caller")

    class Meta:
        db_table = "lists_status"


class KeyRow(models.Model):
    """By what rows find each other."""

    pk = models.CompositePrimaryKey("key", "row")
    key = models.BigIntegerField(db_comment="key: keyed hash of a rule and its values")
    row = models.BigIntegerField(db_index=True, db_comment="key: the row")

    class Meta:
        db_table = "lists_key"


class PhoneRow(models.Model):
    """Who gives a telephone: one that more give than one household says nothing about who is one person."""

    row = models.BigIntegerField(primary_key=True, db_comment="key: the row")
    key = models.BigIntegerField(db_index=True, db_comment="key: keyed hash of the telephone")
    birth_year = models.SmallIntegerField(null=True, db_comment="quasi: year of birth, told or from the age")
    given = models.BigIntegerField(null=True, db_comment="key: keyed hash of the given name")

    class Meta:
        db_table = "lists_phone"


class EdgeRow(models.Model):
    """Two rows that were compared and weigh enough to ask about."""

    pk = models.CompositePrimaryKey("a", "b")
    a = models.BigIntegerField(db_comment="key: the older row")
    b = models.BigIntegerField(db_index=True, db_comment="key: the younger row")
    weight = models.FloatField(db_comment="technical: bits for their being one person")
    veto = models.CharField(max_length=16, null=True, db_comment="technical: why weight does not decide, NULL: it does")
    asked = models.BooleanField(default=False, db_comment="technical: callers are to ask, for it may hide somebody")

    class Meta:
        db_table = "lists_edge"


class DecisionRow(models.Model):
    """Append only: what a caller said of two rows; the newest stands and goes before every weight."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: order of decisions")
    a = models.BigIntegerField(db_comment="key: the older row")
    b = models.BigIntegerField(db_index=True, db_comment="key: the younger row")
    same = models.BooleanField(db_comment="technical: one person, or two")
    caller = models.TextField(db_comment="direct: who said so")
    at = models.DateTimeField(db_comment="technical: when")

    class Meta:
        db_table = "lists_decision"
        indexes = [models.Index(fields=["a", "b"], name="lists_decision_pair")]


class CallRow(models.Model):
    """Append only: a call."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: order of calls")
    row = models.BigIntegerField(db_index=True, db_comment="key: a row of the person called")
    answer = models.CharField(
        max_length=11, db_comment="technical: same, different, reached, unreachable or do-not-call"
    )
    caller = models.TextField(db_comment="direct: who called")
    at = models.DateTimeField(db_comment="technical: when")

    class Meta:
        db_table = "lists_call"


class HeldRow(models.Model):
    """Whose page a caller has open, so that two do not ring one person."""

    human = models.BigIntegerField(primary_key=True, db_comment="key: a row of the person")
    caller = models.TextField(db_comment="direct: who has it open")
    until = models.DateTimeField(db_comment="technical: until when others leave the person to them")

    class Meta:
        db_table = "lists_held"


class ModelRow(models.Model):
    """Append only: what a model learned from the lists; the newest counts."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: order of models")
    at = models.DateTimeField(db_comment="technical: when it was trained")
    rows = models.IntegerField(db_comment="technical: from how many rows")
    told = SealedField(db_comment="direct: weights and the frequencies of names, sealed")

    class Meta:
        db_table = "lists_model"


class ReportRow(models.Model):
    """What linking did and may have done wrong, a row a day; the last of a day stands."""

    on = models.DateField(primary_key=True, db_column="on_day", db_comment="technical: the day")
    rows = models.IntegerField(db_comment="technical: rows of all lists")
    persons = models.IntegerField(db_comment="technical: persons of all lists")
    calls_unlinked = models.IntegerField(db_comment="technical: calls that the lists would ask for unlinked")
    calls = models.IntegerField(db_comment="technical: persons in nobody's care, to be called")
    hidden = models.FloatField(db_comment="technical: people expected to be hidden by wrong links")
    asked = models.IntegerField(db_comment="technical: links that callers are asked about")

    class Meta:
        db_table = "lists_report"
