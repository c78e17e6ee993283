"""A clerk, a steward and a privacy officer have a facility too, not clinicians alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Only what the column is said to mean; it is as it was."""

    dependencies: ClassVar = [("signin", "0016_clerk")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="account",
            name="hospcode",
            field=models.CharField(
                blank=True, db_comment="quasi: facility at which somebody works", default="", max_length=5
            ),
        )
    ]
