"""Tokens that are bound to a key of their client (DPoP): what stands stays as it is, bound to none."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three columns, and what those of used assertions are said to mean."""

    dependencies: ClassVar = [("signin", "0017_facility_of_staff")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="clientrow",
            name="dpop_bound",
            field=models.BooleanField(
                default=False, db_default=False, db_comment="technical: it gets tokens bound to a key only, RFC 9449"
            ),
        ),
        migrations.AddField(
            model_name="authorizationrow",
            name="jkt",
            field=models.TextField(
                null=True, db_comment="technical: thumbprint of the key that its code, or what renews it, is bound to"
            ),
        ),
        migrations.AddField(
            model_name="tokenrow",
            name="jkt",
            field=models.TextField(
                null=True, db_comment="technical: thumbprint of the key that it is bound to; NULL: to none"
            ),
        ),
        migrations.AlterField(
            model_name="assertionrow",
            name="digest",
            field=models.BinaryField(
                primary_key=True, serialize=False, db_comment="technical: SHA-256 of jti and client, or key"
            ),
        ),
        migrations.AlterField(
            model_name="assertionrow",
            name="expires_at",
            field=models.DateTimeField(db_index=True, db_comment="technical: when the assertion or proof ends"),
        ),
    ]
