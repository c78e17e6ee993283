"""Clients that prove themselves with a key: their public keys, for what they may ask, and assertions that were used."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Four columns and a table."""

    dependencies: ClassVar = [("signin", "0005_practitioner")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="clientrow",
            name="jwks",
            field=models.TextField(db_comment="technical: its registered public keys; NULL has none", null=True),
        ),
        migrations.AddField(
            model_name="clientrow",
            name="purposes",
            field=models.TextField(
                db_comment="technical: for what it may ask, HL7 ActReason codes",
                db_default="HSYSADMIN",
                default="HSYSADMIN",
            ),
        ),
        migrations.AddField(
            model_name="tokenrow",
            name="scopes",
            field=models.TextField(db_comment="technical: what it may ask; NULL: all that its client may", null=True),
        ),
        migrations.AddField(
            model_name="tokenrow",
            name="purposes",
            field=models.TextField(
                db_comment="technical: for what it may ask; NULL: all that its client may", null=True
            ),
        ),
        migrations.CreateModel(
            name="AssertionRow",
            fields=[
                (
                    "digest",
                    models.BinaryField(
                        db_comment="technical: SHA-256 of client and jti", primary_key=True, serialize=False
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(db_comment="technical: when the assertion ends", db_index=True),
                ),
            ],
            options={"db_table": "signin_assertion"},
        ),
    ]
