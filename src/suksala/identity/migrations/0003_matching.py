import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_protected'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlockKeyRow',
            fields=[
                ('pk', models.CompositePrimaryKey('key', 'person', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key', models.BigIntegerField(db_comment='key: keyed hash of a rule and its values')),
                ('person', models.BigIntegerField(db_comment='key: the person', db_index=True)),
            ],
            options={
                'db_table': 'identity_block_key',
            },
        ),
        migrations.CreateModel(
            name='WaitingRow',
            fields=[
                ('person', models.BigIntegerField(db_comment='key: the person', primary_key=True, serialize=False)),
                ('since', models.DateTimeField(db_comment='technical: since when')),
            ],
            options={
                'db_table': 'identity_waiting',
            },
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='area',
            field=models.CharField(db_comment='quasi: sub-district of the address', default='', max_length=6),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='dead',
            field=models.BooleanField(db_comment='sensitive: the register of the facility tells of the death', default=False),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='house',
            field=models.TextField(db_comment='direct: house number and village', default=''),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='mother_sealed',
            field=models.BinaryField(db_comment="direct: the mother's national number, encrypted", null=True),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='nation',
            field=models.CharField(db_comment='quasi: nationality, as sent', default='', max_length=3),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='passport_sealed',
            field=models.BinaryField(db_comment='direct: passport, encrypted', null=True),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='phone_sealed',
            field=models.BinaryField(db_comment='direct: telephone, encrypted', null=True),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='readings',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_comment='direct: other ways to read the given name as it was sent', default=list, size=None),
        ),
        migrations.AddField(
            model_name='demographicsrow',
            name='twin_order',
            field=models.SmallIntegerField(db_comment='quasi: order among twins that a placeholder tells', null=True),
        ),
        migrations.AlterField(
            model_name='reviewrow',
            name='kind',
            field=models.CharField(db_comment='technical: why it is asked: possible, whose-card, twin and others', max_length=16),
        ),
        migrations.CreateModel(
            name='EdgeRow',
            fields=[
                ('pk', models.CompositePrimaryKey('person', 'other', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', models.BigIntegerField(db_comment='key: one person, the older')),
                ('other', models.BigIntegerField(db_comment='key: the other person')),
                ('seq', models.BigIntegerField(db_comment='technical: its place in the order of events')),
                ('model', models.BigIntegerField(db_comment='technical: the model that weighed it')),
                ('weight', models.FloatField(db_comment='technical: bits, the prior included')),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), db_comment='technical: level of each comparison, -1 for unknown', size=None)),
                ('rarities', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), db_comment='technical: bits that the rarity of each value added', size=None)),
                ('veto', models.CharField(db_comment='technical: why the weight does not decide, or empty', max_length=16)),
                ('newborn', models.BooleanField(db_comment='technical: the rule for newborns may join it')),
                ('since', models.DateTimeField(db_comment='technical: when it was weighed')),
                ('until', models.DateTimeField(db_comment='technical: when it was weighed anew; NULL while it holds', null=True)),
            ],
            options={
                'db_table': 'identity_edge',
                'indexes': [models.Index(condition=models.Q(('until', None)), fields=['other'], name='identity_edge_by_other')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('person', 'other'), name='identity_one_open_edge')],
            },
        ),
        migrations.CreateModel(
            name='ModelRow',
            fields=[
                ('model', models.BigAutoField(db_comment='technical: number of the model', primary_key=True, serialize=False)),
                ('population', models.CharField(db_comment='technical: adult, child or foreigner', max_length=9)),
                ('told_sealed', models.BinaryField(db_comment='direct: settings and frequencies of names, compressed, encrypted')),
                ('records', models.BigIntegerField(db_comment='technical: registrations it was trained on; 0 for the one that ships')),
                ('threshold', models.FloatField(db_comment='technical: bits from which a pair joins by itself')),
                ('state', models.CharField(db_comment='technical: shadow, automatic or retired', max_length=9)),
                ('made_at', models.DateTimeField(db_comment='technical: when it was made')),
                ('approved_by', models.TextField(db_comment='direct: account that let it join pairs', default='')),
            ],
            options={
                'db_table': 'identity_model',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'retired'), _negated=True), fields=('population', 'state'), name='identity_one_standing_model')],
            },
        ),
    ]
