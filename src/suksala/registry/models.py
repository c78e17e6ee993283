"""The schema of the facility registry."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


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
