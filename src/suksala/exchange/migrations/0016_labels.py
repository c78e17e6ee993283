"""Rows bear sensitive classes. Where nothing is stored, nothing is made anew."""

from django.db import migrations, models

NOTHING_STORED = "UPDATE reindex SET layout = 5 WHERE ready AND NOT EXISTS (SELECT FROM resource)"
COMMENT = "sensitive: classes that count (consent.Label), from bit 5 on what the resource itself says"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0015_hold_search_parameters")]
    operations = [
        migrations.AlterField("resource", "label", models.SmallIntegerField(db_comment=COMMENT, default=0)),
        migrations.AlterField("resourcehistory", "label", models.SmallIntegerField(db_comment=COMMENT, default=0)),
        migrations.AddIndex(
            model_name="resource",
            index=models.Index(condition=~models.Q(label=0), fields=["person"], name="resource_label"),
        ),
        migrations.RunSQL(NOTHING_STORED, migrations.RunSQL.noop),
    ]
