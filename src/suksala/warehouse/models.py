"""The schema of published figures: a run never changes once it stands, a new one is added."""

from __future__ import annotations

from django.db import models


class MeasureRun(models.Model):
    """One computation of one measure for one period over one snapshot of the data."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the run, newest last")
    code = models.TextField(db_comment="technical: code of the indicator")
    version = models.TextField(db_comment="technical: version of its definition")
    period = models.TextField(db_comment="technical: fiscal year and quarter, 2568Q4")
    definition_hash = models.CharField(max_length=32, db_comment="technical: digest of what was counted and how")
    snapshot = models.TextField(db_comment="technical: state of lake, identity and usage facts that was read")
    as_of = models.DateTimeField(db_comment="technical: when it was computed")
    identity_event = models.BigIntegerField(
        null=True, db_comment="technical: newest event of identity that was read; NULL: computed before it was kept"
    )

    class Meta:
        db_table = "warehouse_run"
        constraints = [
            models.UniqueConstraint(fields=["definition_hash", "period", "snapshot"], name="warehouse_run_once"),
        ]
        indexes = [models.Index(fields=["code", "period", "id"], name="warehouse_run_newest")]


class MeasureResult(models.Model):
    """What a run counted at one facility: the leaf of every sum."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the row")
    run = models.ForeignKey(
        MeasureRun, on_delete=models.CASCADE, db_index=False, db_comment="technical: the computation"
    )
    hospcode = models.CharField(max_length=5, db_comment="technical: the responsible facility")
    counts = models.JSONField(db_comment="quasi: people by operand A to F; small at one facility")
    excluded = models.JSONField(db_comment="quasi: people who do not count, by reason")
    contested = models.IntegerField(db_comment="quasi: people whom more than one facility claims")

    class Meta:
        db_table = "warehouse_result"
        constraints = [models.UniqueConstraint(fields=["run", "hospcode"], name="warehouse_result_once")]
