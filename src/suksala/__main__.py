"""`python -m suksala` and the program `suksala`."""

from suksala.commands import main

if __name__ == "__main__":
    main()
