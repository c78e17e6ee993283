from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0011_spoke'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='eventrow',
            index=models.Index(condition=models.Q(('kind', 'new'), _negated=True), fields=['at'], name='identity_moves_by_time'),
        ),
    ]
