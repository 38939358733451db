"""The command line with what only this room knows: the window, the log files, the keyring."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from facturepro.app import logs
from facturepro.app.paths import default_data_dir
from facturepro.cli import framework, program
from facturepro.cli.framework import Group
from facturepro.cli.session import Host, current
from facturepro.i18n import _


def run_commands(arguments: Sequence[str]) -> int:
    host = Host(default_data_dir, logs.log, logs.log_failure, keyring_name, logs.route)
    install_excepthook(default_data_dir())
    return program.run(arguments, host, add_window_commands)


def install_excepthook(data_dir: Path) -> None:
    """What escapes from a thread or from the start is logged before Python reports it."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            logs.log_failure("uncaught", error.with_traceback(trace), data_dir)
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = report


def keyring_name() -> str:
    """Which keyring this computer offers, for ``doctor``; no secret is read."""
    import keyring

    backend = keyring.get_keyring()
    return f"{type(backend).__module__}.{type(backend).__name__}"


def add_window_commands(root: Group) -> None:
    demo = framework.option("--demo", _("Ouvrir l’entreprise d’exemple."), is_flag=True)
    root.add_command(framework.command("gui", _("Ouvrir la fenêtre."), _gui, [demo]))
    root.add_command(framework.command("gallery", _("Montrer tous les composants de la fenêtre."), _gallery))


def _gui(demo: bool) -> int:
    from facturepro.app import window  # Qt: only when a window is wanted

    session = current()
    log_file = logs.folder(session.folder) / logs.FILE_NAME
    return window.run(session.workspace, session.company_name, demo, log_file)


def _gallery() -> int:
    from facturepro.ui.gallery import run_gallery

    return run_gallery()
