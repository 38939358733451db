"""The composition root: what knows every other room. ``facturepro`` starts here."""

import sys
from collections.abc import Sequence


def main() -> None:
    """Console script. Without a sub-command the window opens."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Exit status of one start of the program."""
    from facturepro.app.commands import run_commands

    return run_commands(arguments or ["gui"])


__all__ = ["main", "run"]
