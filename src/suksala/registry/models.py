"""The schema of the facility registry."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from suksala.foundation.sealed import SealedField


class FacilityRow(models.Model):
    """One facility; public information."""

    hospcode = models.CharField(max_length=5, primary_key=True, db_comment="technical: the ministry's facility code")
    name_th = models.TextField(db_comment="technical: name in Thai")
    name_en = models.TextField(db_comment="technical: name in English")
    kind = models.TextField(db_comment="technical: what it is, see registry.KINDS")
    province = models.CharField(max_length=2, db_comment="technical: province code")
    district = models.CharField(max_length=4, db_index=True, db_comment="technical: district code")
    subdistrict = models.CharField(max_length=6, db_comment="technical: sub-district code, may be empty")
    network = models.TextField(db_comment="technical: the network it belongs to, may be empty")
    hospcode9 = models.TextField(
        default="", db_default="", db_comment="technical: the ministry's 9-character code, may be empty"
    )
    affiliation = models.TextField(
        default="", db_default="", db_comment="technical: the agency it belongs to, may be empty"
    )
    sector = models.TextField(default="", db_default="", db_comment="technical: public or private, may be empty")
    services = ArrayField(
        models.TextField(), default=list, db_default=[], db_comment="technical: levels in the service plans"
    )

    latitude = models.FloatField(null=True, db_comment="technical: degrees north, NULL: not told")
    longitude = models.FloatField(null=True, db_comment="technical: degrees east, NULL: not told")

    class Meta:
        db_table = "registry_facility"


class AgreementRow(models.Model):
    """What parties have signed."""

    number = models.TextField(primary_key=True, db_comment="technical: by which it is known")
    kind = models.TextField(db_comment="technical: mou, dsa or dpa")
    title = models.TextField(db_comment="technical: what it is called")
    parties = ArrayField(models.TextField(), db_comment="technical: codes of agencies and facilities")
    flows = ArrayField(models.TextField(), db_comment="technical: what it lets flow")
    basis = models.TextField(db_comment="technical: section of the Personal Data Protection Act")
    signed = models.DateField(db_comment="technical: day of signing")
    since = models.DateField(db_comment="technical: first day in force")
    until = models.DateField(null=True, db_comment="technical: last day in force, NULL: open")

    class Meta:
        db_table = "registry_agreement"


class MemberRow(models.Model):
    """Where a party of the network stands."""

    party = models.TextField(primary_key=True, db_comment="technical: code of an agency or facility")
    state = models.TextField(db_comment="technical: invited, agreed, connected, suspended or left")
    since = models.DateField(db_comment="technical: day of the state")
    exchanged = models.DateField(null=True, db_comment="technical: last day on which data flowed")

    class Meta:
        db_table = "registry_member"


class PractitionerRow(models.Model):
    """One human who gives care: a register of staff, not of patients."""

    id = models.BigAutoField(primary_key=True, db_comment="key: number of the practitioner")
    number_key = models.BigIntegerField(null=True, unique=True, db_comment="key: keyed hash of the national number")
    number_sealed = SealedField(null=True, db_comment="sensitive: national number, sealed")
    title = models.TextField(db_comment="direct: title")
    given_th = models.TextField(db_comment="direct: given name, Thai")
    family_th = models.TextField(db_comment="direct: family name, Thai")
    given_en = models.TextField(db_comment="direct: given name, English, may be empty")
    family_en = models.TextField(db_comment="direct: family name, English, may be empty")
    named_at = models.DateTimeField(null=True, db_comment="technical: when the name was told")

    class Meta:
        db_table = "registry_practitioner"


class LicenceRow(models.Model):
    """Leave of a council to practise."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the row")
    practitioner = models.ForeignKey(PractitionerRow, on_delete=models.CASCADE, db_comment="key: whose it is")
    council = models.CharField(max_length=2, db_comment="technical: council, a code of the 43 files")
    number = models.TextField(db_comment="direct: number of the licence")
    since = models.DateField(null=True, db_comment="technical: first day, NULL: not told")
    until = models.DateField(null=True, db_comment="technical: last day, NULL: not told")

    class Meta:
        db_table = "registry_licence"
        constraints: ClassVar = [models.UniqueConstraint("council", "number", name="registry_licence_is_one_persons")]


class RoleRow(models.Model):
    """That a practitioner works at a facility."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the role")
    practitioner = models.ForeignKey(PractitionerRow, on_delete=models.CASCADE, db_comment="key: whose it is")
    hospcode = models.CharField(max_length=5, db_comment="technical: facility")
    local = models.TextField(db_comment="key: the facility's own number of staff, may be empty")
    codes = ArrayField(models.TextField(), db_comment="technical: kinds of staff, codes of the 43 files")
    since = models.DateField(null=True, db_comment="technical: first day")
    until = models.DateField(null=True, db_comment="technical: last day as told, NULL: open")
    ended = models.DateField(null=True, db_comment="technical: last day as a steward decided, NULL: none did")
    source = models.TextField(db_comment="technical: deposit, list, steward or provider-id")
    told = models.DateField(null=True, db_comment="technical: last day on which a deposit named it")
    recorded = models.DateField(db_comment="technical: day on which it, or whose it is, was recorded")

    class Meta:
        db_table = "registry_role"
        constraints: ClassVar = [
            models.UniqueConstraint("hospcode", "local", condition=~models.Q(local=""), name="registry_role_local"),
            models.UniqueConstraint(
                "hospcode", "practitioner", condition=models.Q(local=""), name="registry_role_without_local"
            ),
        ]


class ConflictRow(models.Model):
    """A contradiction about a practitioner, which a steward looks at."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the conflict")
    hospcode = models.CharField(max_length=5, db_comment="technical: facility that told")
    local = models.TextField(db_comment="key: the facility's own number of staff")
    clash = models.TextField(db_comment="technical: two-people, other-licence or other-name")
    practitioner = models.ForeignKey(
        PractitionerRow, on_delete=models.CASCADE, related_name="+", db_comment="key: whose role it is"
    )
    other = models.ForeignKey(
        PractitionerRow, on_delete=models.CASCADE, related_name="+", db_comment="key: with whom it collides"
    )
    found = models.DateField(db_comment="technical: when it was seen first")
    settled_by = models.TextField(default="", db_comment="direct: who looked at it, empty: nobody yet")

    class Meta:
        db_table = "registry_conflict"
        constraints: ClassVar = [
            models.UniqueConstraint(
                "hospcode", "local", "clash", "practitioner", "other", name="registry_conflict_once"
            )
        ]


class ReviewAnswerRow(models.Model):
    """What a steward said to a question of the review."""

    question = models.TextField(primary_key=True, db_comment="technical: what was asked, with role and day")
    verdict = models.TextField(db_comment="technical: confirm or end")
    answered_by = models.TextField(db_comment="direct: who answered")
    answered_on = models.DateField(db_comment="technical: when")

    class Meta:
        db_table = "registry_review_answer"


class ReviewRow(models.Model):
    """A signed review."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the review")
    hospcode = models.CharField(max_length=5, db_comment="technical: facility, empty: all")
    signed_by = models.TextField(db_comment="direct: who signed")
    signed_on = models.DateField(db_comment="technical: when")
    answered = models.IntegerField(db_comment="technical: how many questions were answered")

    class Meta:
        db_table = "registry_review"
