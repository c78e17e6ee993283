"""What clients may ask, and how much of it they did: two tables that every process shares."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('signin', '0009_devices_and_proofing'),
    ]

    operations = [
        migrations.CreateModel(
            name='BucketRow',
            fields=[
                ('client', models.TextField(db_comment='technical: name of the client', primary_key=True, serialize=False)),
                ('tokens', models.FloatField(db_comment='technical: requests that are left')),
                ('at', models.DateTimeField(db_comment='technical: when they were counted')),
            ],
            options={
                'db_table': 'signin_bucket',
            },
        ),
        migrations.CreateModel(
            name='ReachRow',
            fields=[
                ('pk', models.CompositePrimaryKey('who', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('who', models.TextField(db_comment='technical: client or account, as the log names it')),
                ('number', models.BigIntegerField(db_comment='key: the person, or the export')),
                ('at', models.DateTimeField(db_comment='technical: when it was first told within the window')),
            ],
            options={
                'db_table': 'signin_reach',
            },
        ),
        migrations.AddField(
            model_name='clientrow',
            name='burst',
            field=models.IntegerField(db_comment='technical: requests at once', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='exports',
            field=models.IntegerField(db_comment='technical: bulk exports within a day', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='patients',
            field=models.IntegerField(db_comment='technical: different people within an hour', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='rate',
            field=models.IntegerField(db_comment='technical: requests a second; NULL: as usual, 0: no bound', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='suspended_at',
            field=models.DateTimeField(db_comment='technical: when it went over its budget; NULL: it did not', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='suspended_why',
            field=models.CharField(db_comment='technical: which budget it went over', db_default='', default='', max_length=16),
        ),
        migrations.RunSQL("ALTER TABLE signin_bucket SET UNLOGGED", "ALTER TABLE signin_bucket SET LOGGED"),
        migrations.RunSQL("ALTER TABLE signin_reach SET UNLOGGED", "ALTER TABLE signin_reach SET LOGGED"),
    ]
