"""Rows of every type tell the visit whose sensitive classes they bear. Where nothing is stored, nothing is made anew."""

from django.db import migrations

NOTHING_STORED = (
    "UPDATE reindex SET layout = 6, labelled = 6 WHERE ready AND layout = 5 AND NOT EXISTS (SELECT FROM resource)"
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0017_labelled")]
    operations = [migrations.RunSQL(NOTHING_STORED, migrations.RunSQL.noop)]
