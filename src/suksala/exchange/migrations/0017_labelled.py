"""Since which layout every row bears its sensitive classes; until then nothing is opened by them."""

from django.db import migrations, models

# A walk for search parameters alone (rtypes) began after one over every type was done.
DONE = "UPDATE reindex SET labelled = layout WHERE ready OR rtypes IS NOT NULL"
COMMENT = "technical: the layout since which every row bears its labels"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0016_labels")]
    operations = [
        migrations.AddField(
            "reindex", "labelled", models.SmallIntegerField(db_comment=COMMENT, db_default=0, default=0)
        ),
        migrations.RunSQL(DONE, migrations.RunSQL.noop),
    ]
