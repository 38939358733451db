"""The command line in this process."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.cli.in_process import Outcome, carry_out
from tests.conftest import same_logs_after

Run = Callable[..., Outcome]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path) -> Run:
    return partial(carry_out, data_dir)


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with a client and a product, to copy."""
    folder = tmp_path_factory.mktemp("shop") / "data"
    commands = (
        ("company", "create", "--name", "Atelier Boisvert", "--siren", "123456782", "--address", "14 rue des Tanneurs",
         "--postcode", "59000", "--city", "Lille"),
        ("client", "add", "--name", "Yann", "--company-name", "Menuiserie Le Goff", "--siren", "552100554",
         "--address", "8 rue de Siam", "--city", "Brest"),
        ("product", "add", "--name", "Vis inox", "--sku", "VIS", "--price", "1 234,50", "--vat", "20",
         "--cost", "4,20", "--min-stock", "3"),
    )  # fmt: skip
    with same_logs_after():
        for words in commands:
            outcome = carry_out(folder, *words, "--json")
            assert outcome.status == 0, outcome.err
    return folder


@pytest.fixture
def shop(shop_folder: Path, data_dir: Path, run: Run) -> Run:
    """A company with a client and a product."""
    shutil.copytree(shop_folder, data_dir)
    return run
