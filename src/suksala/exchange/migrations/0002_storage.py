"""What Django's schema language cannot say: the id sequence in blocks, planner statistics, vacuum pace."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE resource_id INCREMENT BY 1000 START WITH 1000;
COMMENT ON SEQUENCE resource_id IS 'blocks of 1000 resource ids; the block is the value and the 999 below it';
ALTER TABLE resource ALTER COLUMN toks SET STATISTICS 200;
ALTER TABLE resource ALTER COLUMN code SET STATISTICS 200;
CREATE STATISTICS resource_type_code (dependencies, mcv) ON rtype, code FROM resource;
-- Statistics of a million resources take 3 s of a core at this target, 14 s at 1000; a load asks for them every minute.
ALTER TABLE resource SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.1);
"""
BACKWARD = "DROP STATISTICS resource_type_code; DROP SEQUENCE resource_id;"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
