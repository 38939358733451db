"""The composition root: what knows every other room. ``facturepro`` starts here."""

import sys
from collections.abc import Sequence

_WITH_VALUE = ("--data-dir", "--company")
DEFAULT_COMMAND = "gui"


def main() -> None:
    """Console script. Without a sub-command the window opens."""
    from multiprocessing import freeze_support

    freeze_support()  # a frozen program starts its workers through this very function
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Exit status of one start of the program."""
    from facturepro.app.commands import run_commands

    return run_commands(with_default_command(arguments))


def with_default_command(arguments: Sequence[str]) -> list[str]:
    """``facturepro --demo`` is ``facturepro gui --demo``: options alone open the window."""
    words = iter(arguments)
    for word in words:
        if word == "--help":
            return list(arguments)
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return list(arguments)
    return [DEFAULT_COMMAND, *arguments]


__all__ = ["main", "run", "with_default_command"]
