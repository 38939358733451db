"""The command line in this process: what it prints, and its exit status."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


Run = Callable[..., Outcome]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def carry_out(*arguments: str, stdin: str | None = None) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        if stdin is not None:
            raw = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
            monkeypatch.setattr("sys.stdin", raw)
        host = Host(lambda: data_dir, logs.log, logs.log_failure, route_logs=logs.route)
        with redirect_stdout(out), redirect_stderr(err):
            status = program.run(list(arguments), host, add_window_commands)
        return Outcome(status, out.getvalue(), err.getvalue())

    return carry_out


@pytest.fixture
def shop(run: Run) -> Run:
    """A company with a client and a product."""
    outcome = run(
        "company", "create", "--name", "Atelier Boisvert", "--siren", "123456782", "--address", "14 rue des Tanneurs",
        "--postcode", "59000", "--city", "Lille", "--json",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    assert run("client", "add", "--name", "Yann", "--company-name", "Menuiserie Le Goff", "--siren", "552100554",
               "--address", "8 rue de Siam", "--city", "Brest", "--json").status == 0  # fmt: skip
    assert run("product", "add", "--name", "Vis inox", "--sku", "VIS", "--price", "1 234,50", "--vat", "20",
               "--cost", "4,20", "--min-stock", "3", "--json").status == 0  # fmt: skip
    return run
