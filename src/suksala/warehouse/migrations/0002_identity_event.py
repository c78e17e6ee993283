from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='measurerun',
            name='identity_event',
            field=models.BigIntegerField(db_comment='technical: newest event of identity that was read; NULL: computed before it was kept', null=True),
        ),
    ]
