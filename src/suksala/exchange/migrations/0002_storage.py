"""What Django's schema language cannot say: the id sequence in blocks, planner statistics, vacuum pace."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE resource_id INCREMENT BY 1000 START WITH 1000;
COMMENT ON SEQUENCE resource_id IS 'blocks of 1000 resource ids; the block is the value and the 999 below it';
ALTER TABLE resource ALTER COLUMN toks SET STATISTICS 1000;
ALTER TABLE resource ALTER COLUMN code SET STATISTICS 1000;
CREATE STATISTICS resource_type_code (dependencies, mcv) ON rtype, code FROM resource;
ALTER TABLE resource SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
"""
BACKWARD = "DROP STATISTICS resource_type_code; DROP SEQUENCE resource_id;"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
