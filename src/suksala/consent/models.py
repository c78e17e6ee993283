"""The schema of consent. Rows are read and written through the files `*_storage.py` only."""

from __future__ import annotations

from django.db import models


class _Decision(models.Model):
    """The columns of one version of a consent."""

    person = models.BigIntegerField(db_comment="key: in whose name it was given")
    id = models.BigIntegerField(db_comment="key: number of the consent, drawn")
    version = models.IntegerField(db_comment="technical: how often it was decided anew, from 1")
    state = models.TextField(db_comment="technical: given, refused, withdrawn or expired")
    rule = models.JSONField(db_comment="sensitive: what may be seen by whom")
    giver = models.TextField(db_comment="direct: who decided, as the audit log names them")
    relation = models.TextField(db_comment="quasi: self, or as what a representative decided")
    channel = models.TextField(db_comment="technical: app, desk or fhir")
    evidence = models.TextField(db_comment="technical: how it is known to be theirs")
    text = models.TextField(db_comment="technical: digest of the text that was agreed to")
    since = models.DateTimeField(db_comment="technical: from when it counts")
    until = models.DateTimeField(null=True, db_comment="technical: when it ends, NULL: until withdrawn")
    decided = models.DateTimeField(db_comment="technical: when this version was decided")
    source = models.TextField(default="", db_default="", db_comment="technical: the system that sent it, may be empty")

    class Meta:
        abstract = True


class ConsentRow(_Decision):
    """A consent as it stands."""

    pk = models.CompositePrimaryKey("person", "id")

    class Meta:
        db_table = "consent_given"
        indexes = (
            # What a chore looks through every minute: ends that have come and are not written down.
            models.Index(fields=["until"], name="consent_ending", condition=models.Q(state__in=["given", "refused"])),
        )


class ConsentHistoryRow(_Decision):
    """Every version of every consent: appended to, never changed."""

    pk = models.CompositePrimaryKey("person", "id", "version")

    class Meta:
        db_table = "consent_history"
