"""How many resources one bulk export of a client may hold."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('signin', '0014_recovery_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='clientrow',
            name='rows',
            field=models.IntegerField(db_comment='technical: resources in one bulk export', null=True),
        ),
    ]
