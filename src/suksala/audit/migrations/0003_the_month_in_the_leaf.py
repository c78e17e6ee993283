"""A leaf binds the month of its fact. Trees that were begun without it, in no released version, are begun anew."""

from django.db import migrations

BEGIN_ANEW = "DELETE FROM audit_leaf; DELETE FROM audit_block; DELETE FROM audit_tree; DELETE FROM audit_checkpoint;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_proof")]

    operations = [
        migrations.RunSQL(BEGIN_ANEW, BEGIN_ANEW),
        migrations.RenameField("leafrow", "hash", "digest"),
    ]
