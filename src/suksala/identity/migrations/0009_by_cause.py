import django.db.models.fields.json
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0008_by_house'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='eventrow',
            index=models.Index(django.db.models.functions.comparison.Cast(django.db.models.fields.json.KeyTextTransform('because', 'evidence'), models.BigIntegerField()), condition=models.Q(('evidence__has_key', 'because')), name='identity_by_cause'),
        ),
    ]
