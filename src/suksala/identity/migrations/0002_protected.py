"""Protected persons."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies: ClassVar = [("identity", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="ProtectedRow",
            fields=[
                ("pk", models.CompositePrimaryKey("person", "since", blank=True, editable=False, primary_key=True, serialize=False)),
                ("person", models.BigIntegerField(db_comment="key: a registration of the protected human")),
                ("since", models.DateTimeField(db_comment="technical: when protection began")),
                ("until", models.DateTimeField(db_comment="technical: when it ended; NULL while it holds", null=True)),
                ("reason", models.TextField(db_comment="sensitive: why, in the officer's words")),
                (
                    "facility",
                    models.CharField(
                        blank=True, db_comment="quasi: whose officer, empty: exchange", default="", max_length=5
                    ),
                ),
                ("actor", models.TextField(db_comment="direct: officer who added it")),
            ],
            options={"db_table": "identity_protected"},
        )
    ]
