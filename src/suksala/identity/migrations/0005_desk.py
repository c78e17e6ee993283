from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_former_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerRow',
            fields=[
                ('pk', models.CompositePrimaryKey('person', 'other', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', models.BigIntegerField(db_comment='key: one person, the older')),
                ('other', models.BigIntegerField(db_comment='key: the other person')),
                ('seq', models.BigIntegerField(db_comment='technical: its place in the order of events')),
                ('kind', models.CharField(db_comment='technical: why it was asked', max_length=16)),
                ('at', models.DateTimeField(db_comment='technical: when it was answered')),
                ('reviewer', models.TextField(db_comment='direct: account that answered')),
                ('answer', models.CharField(db_comment='technical: what was said: same, different ...', max_length=12)),
                ('reason', models.TextField(db_comment='sensitive: why, in their words')),
                ('seconds', models.IntegerField(db_comment='technical: how long they looked')),
                ('weight', models.FloatField(db_comment='technical: bits of the pair then; NULL: nothing was weighed', null=True)),
                ('wrong', models.BigIntegerField(db_comment='key: the registration whose number is wrong', null=True)),
                ('seen', models.BinaryField(db_comment='technical: digests of both rows then, to see a correction', null=True)),
                ('sampled', models.BooleanField(db_comment='technical: one of those that go to two reviewers', default=False)),
                ('event', models.BigIntegerField(db_comment='technical: the event that carried the answer out', null=True)),
            ],
            options={
                'db_table': 'identity_answer',
            },
        ),
        migrations.AddField(
            model_name='reviewrow',
            name='danger',
            field=models.SmallIntegerField(db_comment='sensitive: how dangerous a wrong answer is, 0 to 9', default=0),
        ),
        migrations.AddField(
            model_name='reviewrow',
            name='gain',
            field=models.FloatField(db_comment='technical: pairs expected to be joined', default=0.0),
        ),
        migrations.AddField(
            model_name='reviewrow',
            name='ranked_on',
            field=models.DateField(db_comment='technical: day on which danger and gain were worked out', null=True),
        ),
        migrations.AddField(
            model_name='reviewrow',
            name='seen',
            field=models.BinaryField(db_comment='technical: digests of both rows when nobody could tell', null=True),
        ),
        migrations.AlterField(
            model_name='eventrow',
            name='kind',
            field=models.CharField(db_comment='technical: new, link, unlink, correct, judge or undo', max_length=8),
        ),
        migrations.AlterField(
            model_name='overriderow',
            name='kind',
            field=models.CharField(db_comment='technical: must or cannot be one human, or open again', max_length=6),
        ),
        migrations.AlterField(
            model_name='reviewrow',
            name='event',
            field=models.BigIntegerField(db_comment='technical: place in the order of events when it was asked', null=True),
        ),
        migrations.AlterField(
            model_name='reviewrow',
            name='state',
            field=models.CharField(db_comment='technical: open, parked until data change, or settled', max_length=8),
        ),
        migrations.AddIndex(
            model_name='reviewrow',
            index=models.Index(models.OrderBy(models.F('danger'), descending=True), models.OrderBy(models.F('gain'), descending=True), models.F('at'), models.F('person'), models.F('other'), condition=models.Q(('state', 'open')), name='identity_review_queue'),
        ),
    ]
