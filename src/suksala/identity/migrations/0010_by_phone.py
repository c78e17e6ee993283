from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0009_by_cause'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='demographicsrow',
            index=models.Index(condition=models.Q(('phone_sealed__isnull', False)), fields=['phone_sealed'], name='identity_by_phone'),
        ),
    ]
