"""The history of a type or of everything is read newest first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_storage")]
    operations = [
        migrations.AddIndex(
            model_name="resourcehistory",
            index=models.Index(fields=["upd"], name="resource_history_upd"),
        ),
    ]
