"""Freeze the program and use every part of it once.

    uv run python installer/build.py [--output dist]

Answers 0 when the frozen program passed its self test.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SELF_TEST_SECONDS = 120


def has_shared_python() -> bool:
    """PyInstaller on Linux and macOS needs libpython as a shared library."""
    return sys.platform == "win32" or bool(
        sysconfig.get_config_var("Py_ENABLE_SHARED") or sysconfig.get_config_var("PYTHONFRAMEWORK")
    )


def program(output: Path) -> Path:
    name = {"win32": "facturepro-cli.exe"}.get(sys.platform, "facturepro")
    return output / "FacturePro" / name


def build(output: Path) -> None:
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += [
        "--distpath",
        str(output),
        "--workpath",
        str(output / "work"),
        str(ROOT / "installer" / "facturepro.spec"),
    ]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603  our own command


def drop_debug_symbols(output: Path) -> None:
    """Of libpython alone: 17 MB. Other libraries break, or are stripped already."""
    strip = shutil.which("strip") if sys.platform == "linux" else None
    for library in (output / "FacturePro" / "_internal").glob("libpython*.so*") if strip else ():
        subprocess.run([str(strip), "--strip-debug", str(library)], check=True)  # noqa: S603  what was just built


def self_test(output: Path) -> int:
    """A missing module can leave a half-built window that never ends: hence the time limit."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(  # noqa: S603  what was just built
        [str(program(output)), "--self-test"], timeout=SELF_TEST_SECONDS, check=False, env=environment
    )
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    output = parser.parse_args().output.resolve()
    if not has_shared_python():
        print("this Python has no shared library; build one with --enable-shared", file=sys.stderr)
        return 1
    build(output)
    drop_debug_symbols(output)
    return self_test(output)


if __name__ == "__main__":
    sys.exit(main())
