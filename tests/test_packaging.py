"""What the installers lean on, and - where it can be built - the frozen program itself."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from facturepro.app import self_test
from facturepro.assets import asset
from facturepro.services import doctor
from installer import build
from tests.conftest import REQUIRE_ALL

ROOT = Path(__file__).parent.parent
SPEC = (ROOT / "installer" / "facturepro.spec").read_text(encoding="utf-8")


def is_used(name: str) -> bool:
    """The filter of the spec file, which PyInstaller runs with names of its own."""
    start, end = SPEC.index("UNUSED = "), SPEC.index("analysis = ")
    scope: dict[str, object] = {"re": re}
    exec(SPEC[start:end], scope)  # the project's own file
    return bool(scope["is_used"](name))  # type: ignore[operator]


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/Qt/lib/libicudata.so.73",
        "PySide6/QtOpenGL.abi3.so",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "babel/locale-data/fr_BE.dat",
        "babel/locale-data/root.dat",
        "facturepro/_resources/translations/en/LC_MESSAGES/facturepro.mo",
        "facturepro/db/migrations/versions/0001_initial.sql",
    ],
)
def test_what_the_program_needs_is_packed(name: str) -> None:
    assert is_used(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "libgtk-3.so.0",
        "PySide6\\Qt\\plugins\\sqldrivers\\qsqlite.dll",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/translations/qtbase_ja.qm",
        "babel/locale-data/ja.dat",
        "PIL/_avif.cpython-311-x86_64-linux-gnu.so",
    ],
)
def test_what_nobody_needs_is_left_out(name: str) -> None:
    assert not is_used(name)


def test_versions_that_doctor_shows_are_packed() -> None:
    packed = re.search(r"VERSIONS = (\[.*?\])", SPEC, re.DOTALL)
    assert packed is not None
    assert set(doctor.PACKAGES) <= set(re.findall(r'"([^"]+)"', packed[1]))


def test_every_part_of_the_program_works() -> None:
    code = "import sys; from facturepro.app.self_test import run_self_test; sys.exit(run_self_test())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_self_test_can_fail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> str:
        raise FileNotFoundError("font")

    monkeypatch.setattr(self_test, "PARTS", {"fonts": broken, "keyring": lambda: "none"})
    assert self_test.run_self_test() == 1
    told = capsys.readouterr()
    assert "FAILED  fonts" in told.err
    assert "ok      keyring" in told.out


def test_the_icons_are_there() -> None:
    sizes = Image.open(asset("icons", "app.ico")).info["sizes"]
    assert {(16, 16), (32, 32), (48, 48), (256, 256)} <= set(sizes)
    assert Image.open(asset("icons", "app.png")).size == (256, 256)
    assert asset("icons", "app.svg").is_file()


def test_the_windows_installer_carries_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    script = (ROOT / "installer" / "windows" / "facturepro.iss").read_text(encoding="utf-8")
    assert f'#define Version "{version}"' in script
    sources = re.findall(r'Source: "\{#Root\}\\([^"*]+)', script)
    assert sources == ["dist\\FacturePro\\"]


@pytest.mark.parametrize("script", sorted((ROOT / "installer").rglob("*.sh")), ids=lambda path: path.name)
def test_shell_scripts_are_well_formed(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o100


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_frozen_program_works(tmp_path: Path) -> None:
    """Minutes, so only on CI; ``python installer/build.py`` does the same."""
    if not build.has_shared_python():
        pytest.skip("PyInstaller needs a Python with a shared library: configure it with --enable-shared")
    if not REQUIRE_ALL:
        pytest.skip("takes minutes: set FACTUREPRO_REQUIRE_ALL=1, or run python installer/build.py")
    build.build(tmp_path)
    assert build.self_test(tmp_path) == 0
    told = subprocess.run(
        [str(build.program(tmp_path)), "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "facturepro" in told.stdout
