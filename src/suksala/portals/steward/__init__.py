"""Pages of the data steward: deposits, receipts, problems, data age."""
