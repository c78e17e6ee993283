"""The schema of the facility registry."""

from __future__ import annotations

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

    class Meta:
        db_table = "registry_facility"
