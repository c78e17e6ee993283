from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0010_by_phone'),
    ]

    operations = [
        migrations.AddField(
            model_name='waitingrow',
            name='spoke',
            field=models.BooleanField(db_comment='technical: its own row says something else; others wait for a telephone that came to be shared', db_default=False, default=False),
        ),
    ]
