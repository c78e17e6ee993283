"""The schema of governance: breaches. No name and no number of those affected is kept."""

from __future__ import annotations

from django.db import models


class BreachRow(models.Model):
    """One personal data breach."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the breach")
    what = models.TextField(db_comment="sensitive: what happened, in words")
    noticed_at = models.DateTimeField(db_comment="technical: when the controller came to know")
    risk = models.TextField(db_comment="technical: unknown, none, risk or high")
    began_at = models.DateTimeField(null=True, db_comment="technical: when it began")
    ended_at = models.DateTimeField(null=True, db_comment="technical: when it ended")
    persons = models.BigIntegerField(
        null=True, db_column="affected", db_comment="technical: how many people, NULL: not known"
    )
    data = models.TextField(db_comment="technical: which data")
    measures = models.TextField(db_comment="technical: what was done")
    facility = models.TextField(db_comment="technical: where, empty: the exchange")
    actor = models.TextField(db_comment="direct: whose doing, as the audit log names them, may be empty")
    no_risk_reason = models.TextField(db_comment="technical: why nobody has to be told")
    late_reason = models.TextField(db_comment="technical: why the office was told late")
    office_told_at = models.DateTimeField(null=True, db_comment="technical: when the office was told")
    persons_told_at = models.DateTimeField(null=True, db_comment="technical: when those affected were told")

    class Meta:
        db_table = "governance_breach"
