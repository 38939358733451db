"""Where FacturePro keeps its things on this computer."""

from pathlib import Path


def default_data_dir() -> Path:
    """One folder per user, never a synchronised or roaming one."""
    from platformdirs import user_data_dir

    return Path(user_data_dir("FacturePro", appauthor=False, roaming=False))
