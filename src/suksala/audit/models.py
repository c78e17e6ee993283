"""The schema of the log, as Django knows it; migration 0001 makes the real, partitioned table."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
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
    origin = models.TextField(null=True, db_comment="quasi: address of the connection that it came over")
    salt = models.UUIDField(db_default=RandomUUID(), db_comment="technical: makes the hash of the fact unguessable")

    class Meta:
        db_table = "audit"


class LeafRow(models.Model):
    """One fact's place in the tree of hashes, and what its leaf is made of."""

    index = models.BigIntegerField(primary_key=True, db_comment="technical: place in the tree, from 0")
    seq = models.BigIntegerField(unique=True, db_comment="technical: seq of the fact")
    month = models.DateField(db_comment="technical: first day of the fact's month in Bangkok")
    digest = models.BinaryField(db_comment="technical: SHA-256 of salt and fact")

    class Meta:
        db_table = "audit_leaf"


class BlockRow(models.Model):
    """The root over 256 neighbours: leaves at level 1, blocks of the level below at the others."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField(db_comment="technical: 1 for 256 leaves, 2 for 65,536, and so on")
    index = models.BigIntegerField(db_comment="technical: number of the block at its level, from 0")
    root = models.BinaryField(db_comment="technical: SHA-256 root of the block")

    class Meta:
        db_table = "audit_block"


class TreeRow(models.Model):
    """How far the tree has grown: one row."""

    id = models.SmallIntegerField(primary_key=True, db_comment="technical: always 1")
    size = models.BigIntegerField(default=0, db_default=0, db_comment="technical: leaves")
    peaks = models.BinaryField(default=b"", db_default=b"", db_comment="technical: roots of the complete subtrees")
    low = models.BigIntegerField(
        default=0, db_default=0, db_comment="technical: every fact up to this seq is in the tree"
    )
    next_low = models.BigIntegerField(null=True, db_comment="technical: what low becomes when next_xid has passed")
    next_xid = models.BigIntegerField(null=True, db_comment="technical: transactions before this one must have ended")
    next_at = models.DateTimeField(null=True, db_comment="technical: when next_low was noted")

    class Meta:
        db_table = "audit_tree"


class CheckpointRow(models.Model):
    """What was signed about the tree."""

    size = models.BigIntegerField(primary_key=True, db_comment="technical: leaves")
    at = models.DateTimeField(db_comment="technical: when it was signed")
    note = models.TextField(db_comment="technical: the signed note, with co-signatures")
    witnesses = models.SmallIntegerField(
        default=0, db_default=0, db_comment="technical: how many others have co-signed"
    )

    class Meta:
        db_table = "audit_checkpoint"


class WitnessedRow(models.Model):
    """The newest checkpoint of another node's log that this one co-signed."""

    origin = models.TextField(primary_key=True, db_comment="technical: name of the other log")
    size = models.BigIntegerField(db_comment="technical: its leaves")
    root = models.BinaryField(db_comment="technical: its root")
    at = models.DateTimeField(db_comment="technical: when it was co-signed")

    class Meta:
        db_table = "audit_witnessed"
