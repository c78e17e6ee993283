"""Who writes asks for the lock and, once it has it, for the generation of search parameters: in one round trip."""

from django.db import migrations

# Volatile: each statement inside sees what was committed before it began, so the second what the wait was for.
FUNCTION = """
CREATE FUNCTION hold_search_parameters(key bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(key);
    RETURN (SELECT generation FROM reindex);
END $$;
COMMENT ON FUNCTION hold_search_parameters IS 'no search parameter changes until the transaction ends; which there are'
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0014_narratives")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION hold_search_parameters")]
