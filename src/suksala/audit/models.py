"""The schema of the log, as Django knows it; migration 0001 makes the real, partitioned table."""

from __future__ import annotations

from django.db import models


class AuditFact(models.Model):
    """One row of `audit`. Written and read through storage.py only."""

    seq = models.BigIntegerField(primary_key=True, db_comment="technical: order of writing")
    at = models.DateTimeField(db_comment="technical: the moment")
    kind = models.TextField(db_comment="technical: what was done")
    actor = models.TextField(db_comment="direct: who did it, as account, client or part of the system")
    purpose = models.TextField(null=True, db_comment="technical: why, HL7 ActReason")
    person = models.BigIntegerField(null=True, db_comment="key: whose record")
    facility = models.TextField(null=True, db_comment="quasi: on behalf of which facility")
    rtype = models.TextField(null=True, db_comment="sensitive: FHIR type that was opened")
    rid = models.TextField(null=True, db_comment="key: FHIR id that was opened")
    detail = models.JSONField(null=True, db_comment="quasi: counts and codes, no values of a record")

    class Meta:
        db_table = "audit"
