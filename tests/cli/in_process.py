"""A command line carried out in this process: what it prints, and its exit status."""

import io
import json
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from facturepro.app import logs
from facturepro.app.commands import add_window_commands
from facturepro.cli import program
from facturepro.cli.session import Host


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """Code of the error answered."""
        return str(self.json["error"]["code"])


def carry_out(data_dir: Path, *arguments: str, stdin: str | None = None) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    host = Host(lambda: data_dir, logs.log, logs.log_failure, route_logs=logs.route)
    with ExitStack() as around:
        if stdin is not None:
            typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
            around.enter_context(mock.patch("sys.stdin", typed))
        around.enter_context(redirect_stdout(out))
        around.enter_context(redirect_stderr(err))
        status = program.run(list(arguments), host, add_window_commands)
    return Outcome(status, out.getvalue(), err.getvalue())
