from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0007_untold'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='demographicsrow',
            index=models.Index(condition=models.Q(('house', ''), _negated=True), fields=['area', 'house'], name='identity_by_house'),
        ),
    ]
