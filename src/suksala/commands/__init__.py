"""The command line: the composition root, the only module that may join all of the others.

Speaks    exit codes 0 done, 1 a deposit was refused whole, 2 bad input, 70 our fault, 130 interrupted;
          `--json` prints one document on stdout and nothing else.
Not here  rules, SQL: a command parses, calls front doors, prints.
"""

from .running import main

__all__ = ["main"]
