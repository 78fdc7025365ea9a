"""`python -m getme` is the command `getme`."""

from getme.cli import main

if __name__ == "__main__":
    main()
