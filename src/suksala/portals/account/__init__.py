"""The reader's own account: who sits here, which sessions are open, ways to prove who one is."""
