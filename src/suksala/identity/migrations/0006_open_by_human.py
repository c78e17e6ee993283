from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0005_desk'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='membershiprow',
            name='identity_by_human',
        ),
        migrations.AddIndex(
            model_name='membershiprow',
            index=models.Index(fields=['human', 'closed_by'], name='identity_by_human'),
        ),
    ]
