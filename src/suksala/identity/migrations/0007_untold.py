from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0006_open_by_human'),
    ]

    operations = [
        migrations.CreateModel(
            name='UntoldRow',
            fields=[
                ('event', models.BigIntegerField(db_comment='technical: the event', primary_key=True, serialize=False)),
            ],
            options={
                'db_table': 'identity_untold',
            },
        ),
        migrations.AddIndex(
            model_name='eventrow',
            index=models.Index(condition=models.Q(('kind__in', ['unlink', 'correct', 'undo'])), fields=['seq'], name='identity_partings'),
        ),
    ]
