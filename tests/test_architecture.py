"""The import contracts of pyproject.toml hold, and nothing heavy is imported before the first page is painted."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_import_contracts() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "facturepro.services.invoices",
            ("google", "grpc", "reportlab", "pikepdf", "alembic", "PySide6", "openpyxl", "lxml"),
        ),
        ("facturepro.sync.remotes", ("google", "grpc")),
        ("facturepro.documents", ("reportlab", "pikepdf", "lxml")),
        ("facturepro.cli", ("google", "reportlab", "alembic", "PySide6")),
    ],
)
def test_heavy_libraries_are_imported_only_where_used(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(' '.join(name for name in {heavy!r} if name in sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == ""


def test_no_committed_file_names_a_registry_host() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    found = []
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.suffix not in {".png", ".ttf", ".pdf", ".mo"}:
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {host}" for host in hosts if host in text]
    assert found == []


def test_modules_have_names_that_say_something() -> None:
    vague = {"utils", "helpers", "manager", "common", "misc"}
    assert [str(path) for path in (ROOT / "facturepro").rglob("*.py") if path.stem in vague] == []
