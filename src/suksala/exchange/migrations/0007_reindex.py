"""Search columns are made anew in the background: how far that is. What is stored already was read by the old layout."""

from django.db import migrations, models

FIRST = """
INSERT INTO reindex (layout, after_person, after_id, done, ready)
SELECT CASE WHEN found THEN 1 ELSE 2 END, -9223372036854775808, -9223372036854775808, 0, NOT found
FROM (SELECT EXISTS (SELECT FROM resource) AS found) r
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0006_bulk")]
    operations = [
        migrations.CreateModel(
            name="Reindex",
            fields=[
                (
                    "layout",
                    models.SmallIntegerField(
                        db_comment="technical: which layout is being made", primary_key=True, serialize=False
                    ),
                ),
                ("after_person", models.BigIntegerField(db_comment="technical: the place reached")),
                ("after_id", models.BigIntegerField(db_comment="technical: the place reached")),
                (
                    "done",
                    models.BigIntegerField(db_comment="technical: resources made anew", db_default=0, default=0),
                ),
                ("ready", models.BooleanField(db_comment="technical: all were")),
            ],
            options={"db_table": "reindex", "db_table_comment": "making search columns anew"},
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
