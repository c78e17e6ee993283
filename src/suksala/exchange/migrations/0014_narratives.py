"""Narratives are found by what stands in them. Where nothing is stored, nothing is made anew."""

import django.contrib.postgres.indexes
from django.db import migrations, models

NOTHING_STORED = "UPDATE reindex SET layout = 4 WHERE ready AND NOT EXISTS (SELECT FROM resource)"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0013_client_usage"), ("identity", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="ResourceText",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.BigIntegerField(db_comment="key: identity person")),
                ("id", models.BigIntegerField(db_comment="technical: resource.id")),
                ("value", models.TextField(db_comment="sensitive: folded narrative, a blank before it")),
            ],
            options={
                "db_table": "resource_text",
                "db_table_comment": "narratives",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["value"], name="resource_text_value", opclasses=["gin_trgm_ops"]
                    )
                ],
            },
        ),
        migrations.RunSQL(NOTHING_STORED, migrations.RunSQL.noop),
    ]
