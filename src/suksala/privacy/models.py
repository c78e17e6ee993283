"""The schema of privacy: cases and requests of citizens, and alerts of the nightly look."""

from __future__ import annotations

from django.db import models


class CaseRow(models.Model):
    """A citizen's doubt about one opening of the own record, and its answer."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: the citizen's registration")
    id = models.BigIntegerField(db_comment="technical: number of the case")
    opened_at = models.DateTimeField(db_comment="technical: when it was opened")
    reader = models.TextField(db_comment="direct: who opened the record")
    facility = models.CharField(max_length=5, null=True, db_comment="quasi: on whose behalf, NULL: no facility's")
    on = models.DateField(db_column="on_day", db_comment="quasi: day of the opening")
    words = models.TextField(blank=True, default="", db_comment="sensitive: what the citizen adds")
    state = models.CharField(max_length=8, db_comment="technical: open, looking or answered")
    officer = models.TextField(blank=True, default="", db_comment="direct: officer who looks")
    verdict = models.CharField(max_length=11, null=True, db_comment="technical: justified, unjustified or unclear")
    answer = models.TextField(blank=True, default="", db_comment="sensitive: what the citizen is told")
    answered_at = models.DateTimeField(null=True, db_comment="technical: when it was answered")

    class Meta:
        db_table = "privacy_case"
        indexes = [models.Index(fields=["state", "opened_at"], name="privacy_case_waiting")]


class AlertRow(models.Model):
    """An opening that looks like curiosity."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: a registration of the human looked at")
    id = models.BigIntegerField(db_comment="technical: number of the alert")
    reader = models.TextField(db_comment="direct: who opened the record")
    facility = models.CharField(max_length=5, db_comment="quasi: on whose behalf")
    on = models.DateField(db_column="on_day", db_comment="quasi: day of the opening")
    reasons = models.JSONField(db_comment="sensitive: codes of what speaks for curiosity")
    strangers = models.IntegerField(default=0, db_comment="technical: how many strangers that day")
    made_at = models.DateTimeField(db_comment="technical: when the look found it")
    verdict = models.CharField(max_length=11, null=True, db_comment="technical: justified, unjustified or unclear")
    note = models.TextField(blank=True, default="", db_comment="sensitive: the officer's reason")
    officer = models.TextField(blank=True, default="", db_comment="direct: officer who judged")
    judged_at = models.DateTimeField(null=True, db_comment="technical: when it was judged")

    class Meta:
        db_table = "privacy_alert"
        constraints = [
            models.UniqueConstraint(fields=["person", "reader", "facility", "on"], name="privacy_alert_once")
        ]
        indexes = [models.Index(fields=["made_at"], name="privacy_alert_by_moment")]


class RequestRow(models.Model):
    """What a person asks for about the own data, and the answer (PDPA s.30 to 36)."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: the person's registration")
    id = models.BigIntegerField(db_comment="technical: number of the request")
    kind = models.CharField(max_length=11, db_comment="sensitive: which right is used")
    asked_at = models.DateTimeField(db_comment="technical: when it was received")
    asked_by = models.TextField(db_comment="direct: the account that asked")
    facility = models.CharField(max_length=5, null=True, db_comment="quasi: who is asked, NULL: the exchange")
    words = models.TextField(blank=True, default="", db_comment="sensitive: what it is about")
    state = models.CharField(max_length=8, db_comment="technical: received, doing, answered or refused")
    officer = models.TextField(blank=True, default="", db_comment="direct: officer who works on it")
    answer = models.TextField(blank=True, default="", db_comment="sensitive: what was done, or why it is refused")
    answered_at = models.DateTimeField(null=True, db_comment="technical: when it was answered or refused")

    class Meta:
        db_table = "privacy_request"
        indexes = [models.Index(fields=["state", "asked_at"], name="privacy_request_waiting")]


class LookRow(models.Model):
    """A day that was looked at."""

    on = models.DateField(primary_key=True, db_column="on_day", db_comment="technical: the day")
    at = models.DateTimeField(db_comment="technical: when it was looked at")
    openings = models.IntegerField(db_comment="technical: how many openings there were")
    alerts = models.IntegerField(db_comment="technical: how many alerts it made")

    class Meta:
        db_table = "privacy_look"
