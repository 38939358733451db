"""Without a sub-command the window opens."""

import pytest

from facturepro.app import with_default_command


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["gui"]),
        (["--demo"], ["gui", "--demo"]),
        (["--data-dir", "x"], ["gui", "--data-dir", "x"]),
        (["--company", "list", "--demo"], ["gui", "--company", "list", "--demo"]),
        (["--data-dir", "x", "client", "list"], ["--data-dir", "x", "client", "list"]),
        (["--json", "verify"], ["--json", "verify"]),
        (["--help"], ["--help"]),
        (["client", "--help"], ["client", "--help"]),
    ],
)
def test_options_alone_open_the_window(given: list[str], expected: list[str]) -> None:
    assert with_default_command(given) == expected
