"""A client's policy: whether faults of what it writes are refused or only told."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies: ClassVar = [("signin", "0001_initial")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="clientrow",
            name="lenient",
            field=models.BooleanField(
                db_comment="technical: faults of what it writes are only told", db_default=False, default=False
            ),
        )
    ]
