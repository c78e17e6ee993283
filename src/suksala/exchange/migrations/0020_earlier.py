"""What waited to be told when a subscription began, which is not told to it."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0019_causes")]
    operations = [
        migrations.AddField(
            model_name="subscriptionrow",
            name="earlier_changes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                db_comment="technical: changes that waited when it began; not told",
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="subscriptionrow",
            name="earlier_moves",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                db_comment="technical: events of identity that waited then; not told",
                null=True,
                size=None,
            ),
        ),
    ]
