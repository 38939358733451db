"""The wheel, installed on its own, is a whole program: what is missing in it shows nowhere else."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing

ROOT = Path(__file__).parent.parent
IGNORED = shutil.ignore_patterns(
    ".git", ".venv", "dist", "out", "build", "*_cache", ".hypothesis", ".benchmarks", "__pycache__"
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Standard output of a program that must succeed."""
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv")
    if found is None:
        missing("uv", "pip install uv")
    return str(found)


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing of the checkout but its files can help."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=IGNORED)
    run(uv, "build", "--wheel", "--quiet", "--out-dir", folder / "made", "--python", sys.executable, cwd=source)
    return next((folder / "made").glob("*.whl"))


@pytest.fixture(scope="module")
def program(uv: str, wheel: Path) -> Iterator[Path]:
    """The console script of an environment that holds the wheel and what it asks for, nothing else."""
    with tempfile.TemporaryDirectory(prefix="facturepro-wheel-") as made:  # on the disk: half a gigabyte of links
        folder = Path(made)
        run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
        scripts = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        environment = {"UV_LINK_MODE": "hardlink", "UV_COMPILE_BYTECODE": "0"}
        run(uv, "pip", "install", "--quiet", "--python", folder / "venv", wheel, cwd=folder, **environment)
        yield scripts / "facturepro"


def test_resources_are_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    kept = {
        path.relative_to(ROOT / "resources").as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file()
    }
    assert {name for name in kept if f"facturepro/_resources/{name}" not in names} == set()
    assert any(name.endswith("migrations/versions/0001_initial.sql") for name in names)
    assert [name for name in names if name.startswith(("tests/", "tools/", "benchmarks/"))] == []


def test_the_installed_program_works(program: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"

    def facturepro(*words: str) -> object:
        return json.loads(run(program, "--data-dir", data, "--json", *words, cwd=tmp_path))

    assert "facturepro" in run(program, "--help", cwd=tmp_path)
    seller = [
        "--name",
        "Atelier",
        "--siren",
        "123456782",
        "--address",
        "1 rue",
        "--postcode",
        "59000",
        "--city",
        "Lille",
    ]
    assert facturepro("company", "create", *seller)["name"] == "Atelier"
    client = facturepro("client", "add", "--name", "Émile")["id"]
    line = {"description": "Pose", "quantity": "2", "unit_price": "10.00", "vat_rate": "20"}
    draft = tmp_path / "facture.json"
    draft.write_text(json.dumps({"client": client, "lines": [line]}), encoding="utf-8")
    made = facturepro("invoice", "create", "--file", str(draft))
    issued = facturepro("invoice", "issue", made["id"])
    assert issued["total_gross"] == "24.00"
    facturepro("invoice", "pdf", issued["number"], "-o", str(tmp_path / "facture.pdf"))
    assert (tmp_path / "facture.pdf").read_bytes().startswith(b"%PDF-")


def test_every_part_works_in_the_installed_program(program: Path, tmp_path: Path) -> None:
    code = "import sys; from facturepro.app.self_test import run_self_test; sys.exit(run_self_test())"
    told = run(program.parent / "python", "-c", code, cwd=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert "FAILED" not in told
    assert told.count("ok ") >= 6


def test_resources_come_from_the_installed_program(program: Path, tmp_path: Path) -> None:
    code = "from facturepro.assets import asset; print(asset('guide', 'index.html'))"
    found = Path(run(program.parent / "python", "-c", code, cwd=tmp_path).strip())
    assert found.is_file()
    assert ROOT not in found.parents
    assert found.parent.parent.name == "_resources"
