"""What one run of the command line works on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace


def _no_log(event: str, **facts: Any) -> None:
    """Without a host nothing is logged (tests, embedding)."""


def _no_route(data_dir: Callable[[], Path], is_verbose: bool) -> None:
    """As it is."""


def _no_keyring() -> str:
    return "—"


@dataclass(frozen=True)
class Host:
    """What the composition root gives the command line.

    ``log(event, **facts)`` writes to the log files of a data directory; ``keyring_name`` says which keyring is used.
    ``route_logs(data_dir, is_verbose)`` sends there what every room logs; ``data_dir()`` is asked when there is something.
    """

    default_data_dir: Callable[[], Path]
    log: Callable[..., None] = _no_log
    log_failure: Callable[..., None] = _no_log
    keyring_name: Callable[[], str] = _no_keyring
    route_logs: Callable[[Callable[[], Path], bool], None] = _no_route


@dataclass
class Session:
    """The global options, filled in while the line is read."""

    host: Host
    data_dir: str | None = None
    company_name: str | None = None
    is_json: bool = False
    is_verbose: bool = False
    command: str = ""
    _workspace: Workspace | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        return Path(self.data_dir).expanduser() if self.data_dir else self.host.default_data_dir()

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(self.folder)
        return self._workspace

    @contextmanager
    def company(self) -> Iterator[OpenCompany]:
        """The chosen company, closed afterwards. Raises UserError when none or several fit."""
        opened = self.workspace.open(self.company_name)
        try:
            yield opened
        finally:
            opened.close()


def current() -> Session:
    session = click.get_current_context().find_root().obj
    assert isinstance(session, Session)
    return session
