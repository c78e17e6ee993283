"""Pages of the citizen: my record, and who looked at it."""
