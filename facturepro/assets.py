"""Where the files under `resources/` are, in a checkout, in an installed wheel and in a frozen program."""

from functools import cache
from pathlib import Path


@cache
def resources_dir() -> Path:
    package = Path(__file__).resolve().parent
    installed = package / "_resources"  # wheel and PyInstaller
    return installed if installed.is_dir() else package.parent / "resources"


def asset(*parts: str) -> Path:
    """Path of a bundled file, for example ``asset("fonts", "InterFP-Regular.ttf")``.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    path = resources_dir().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"bundled resource missing: {path}")
    return path
