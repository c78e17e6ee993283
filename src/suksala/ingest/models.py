"""The schema of deposits and receipts. Rows of data are not here: they lie in the lake and in files beside it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DepositRow(models.Model):
    """One zip that was sent. The same bytes have one row, unless an earlier one was voided."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the deposit")
    sha256 = models.CharField(max_length=64, db_comment="technical: SHA-256 of the zip, its place in the content store")
    file_name = models.TextField(db_comment="technical: name of the zip as sent")
    given_sender = models.CharField(max_length=9, null=True, db_comment="technical: HOSPCODE named while sending")
    hospcode = models.CharField(max_length=9, null=True, db_index=True, db_comment="technical: the sender")
    state = models.TextField(db_comment="technical: received, applying, applied, refused, voiding or void")
    size = models.BigIntegerField(db_comment="technical: bytes of the zip")
    received_at = models.DateTimeField(db_comment="technical: when it was received")
    exported_at = models.DateTimeField(null=True, db_comment="technical: when it was exported, from its name")
    applied_at = models.DateTimeField(null=True, db_comment="technical: when it was applied or refused")
    voided_at = models.DateTimeField(null=True, db_comment="technical: when it was voided")
    void_reason = models.TextField(default="", db_comment="technical: why it was voided")
    code = models.TextField(default="", db_comment="technical: code of the reason for refusing all of it")
    th = models.TextField(default="", db_comment="technical: that reason in Thai")
    en = models.TextField(default="", db_comment="technical: that reason in English")
    linked = models.JSONField(default=dict, db_comment="technical: counts of persons made and linked")

    class Meta:
        db_table = "ingest_deposit"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=~Q(state="void"), name="ingest_deposit_once"),
        ]


class FileRow(models.Model):
    """One file of a deposit: what became of its rows."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: row number")
    deposit = models.ForeignKey(DepositRow, on_delete=models.CASCADE, db_comment="technical: the deposit")
    file = models.TextField(db_comment="technical: name of the file in the standard, empty for an unknown one")
    entry = models.TextField(db_comment="technical: name inside the zip")
    state = models.TextField(db_comment="technical: accepted, set-aside or ignored")
    code = models.TextField(default="", db_comment="technical: code of the reason for setting all of it aside")
    th = models.TextField(default="", db_comment="technical: that reason in Thai")
    en = models.TextField(default="", db_comment="technical: that reason in English")
    encoding = models.TextField(default="", db_comment="technical: utf-8, utf-8-sig or cp874")
    version = models.TextField(default="", db_comment="technical: version of the standard that its columns fit")
    has_header = models.BooleanField(default=True, db_comment="technical: the first line names the columns")
    missing = models.JSONField(default=list, db_comment="technical: columns of the standard that it does not have")
    unknown = models.JSONField(default=list, db_comment="technical: columns that the standard does not have")
    counts = models.JSONField(default=dict, db_comment="technical: numbers of rows by what became of them")

    class Meta:
        db_table = "ingest_file"
        constraints = [models.UniqueConstraint(fields=["deposit", "entry"], name="ingest_file_entry")]


class ProblemRow(models.Model):
    """One rule that rows of one file of a deposit broke."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: row number")
    deposit = models.ForeignKey(DepositRow, on_delete=models.CASCADE, db_comment="technical: the deposit")
    file = models.TextField(db_comment="technical: name of the file in the standard")
    column_name = models.TextField(db_comment="technical: the column, * for the whole row")
    kind = models.TextField(db_comment="technical: kind of rule")
    severity = models.TextField(db_comment="technical: refuse, empty or flag")
    params = models.JSONField(default=list, db_comment="technical: what the rule compares with")
    count = models.BigIntegerField(db_comment="technical: rows that broke it")
    samples = models.JSONField(default=list, db_comment="sensitive: first lines and what stood there, for the sender")

    class Meta:
        db_table = "ingest_problem"
        indexes = [models.Index(fields=["file", "kind"], name="ingest_problem_by_rule")]
