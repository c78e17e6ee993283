"""What the privacy officer opens: work that waits, never anything clinical."""
