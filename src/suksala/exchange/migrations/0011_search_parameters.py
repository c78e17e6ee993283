"""Search parameters of the operator's own, and which of them the search columns are being made anew for."""

import django.contrib.postgres.fields
from django.db import migrations, models

# A sequence gives no number twice, also after a transaction that was rolled back.
SEQUENCE = (
    "CREATE SEQUENCE search_generation; "
    "COMMENT ON SEQUENCE search_generation IS 'which search parameters of the operator there are'"
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0010_sealed_headers")]
    operations = [
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE search_generation"),
        migrations.CreateModel(
            name="SearchParameterRow",
            fields=[
                (
                    "rid",
                    models.TextField(
                        db_collation="C",
                        db_comment="key: id of the SearchParameter",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("url", models.TextField(db_comment="technical: its canonical address")),
                ("code", models.TextField(db_comment="technical: how a search names it")),
                (
                    "number",
                    models.SmallIntegerField(
                        db_comment="technical: number of the search parameter; a name keeps it for ever"
                    ),
                ),
                (
                    "rtypes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        db_comment="technical: numbers of the types that it is of",
                        size=None,
                    ),
                ),
                ("active", models.BooleanField(db_comment="technical: it is answered")),
            ],
            options={"db_table": "search_parameter", "db_table_comment": "search parameters of the operator's"},
        ),
        migrations.AddField(
            model_name="reindex",
            name="generation",
            field=models.BigIntegerField(
                db_comment="technical: which search parameters of the operator's there are", db_default=0, default=0
            ),
        ),
        migrations.AddField(
            model_name="reindex",
            name="rtypes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(),
                db_comment="technical: numbers of the types made anew; null: all",
                null=True,
                size=None,
            ),
        ),
    ]
