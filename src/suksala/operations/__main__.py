"""Entry of the child processes; people use `suksala`."""

import sys

from .child import main

main(sys.argv[1:])
