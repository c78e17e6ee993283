"""The clerk of a registration desk signs in too."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

ROLES = ("citizen", "clinician", "clerk", "district", "steward", "privacy")


class Migration(migrations.Migration):
    """One more role; the column is as it was."""

    dependencies: ClassVar = [("signin", "0015_rows_per_export")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="account",
            name="role",
            field=models.CharField(
                choices=[(role, role.capitalize()) for role in ROLES],
                db_comment="technical: citizen, clinician, clerk, district, steward, privacy",
                max_length=16,
            ),
        )
    ]
