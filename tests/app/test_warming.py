"""What the first visits need is loaded beforehand, without a collection that stops every thread."""

import gc
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from facturepro.app import page_specs, warming


@pytest.fixture(autouse=True)
def thawed() -> object:
    yield
    gc.unfreeze()  # or later tests would keep everything of this one


def test_every_page_is_loaded_beforehand_and_nothing_else_of_the_window() -> None:
    """In a program of its own, as the window does it: on a thread, after the first paint."""
    source = Path(page_specs.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'page\("([a-z_.]+)"', source)) | set(
        re.findall(r"facturepro\.ui\.pages\.(\w+) import", source)
    )
    pages = {name.removeprefix("facturepro.ui.pages.") for name in warming.MODULES if ".pages." in name}
    assert pages == named - {"base"}
    script = (
        "import sys; from facturepro.app import warming; thread = warming.start(); thread.join()\n"
        "assert thread.daemon\n"
        "missing = [name for name in warming.MODULES if name not in sys.modules]; assert not missing, missing\n"
        "import gc; assert gc.isenabled() and gc.get_freeze_count() > 10_000"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_no_collection_while_something_is_loaded_on_any_thread() -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with warming.quiet_collector():
            inside.set()
            leave.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(20)
    with warming.quiet_collector():
        assert not gc.isenabled()
    assert not gc.isenabled(), "the other thread is still loading"
    leave.set()
    thread.join()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), warming.quiet_collector():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_what_cannot_be_loaded_is_left_for_who_needs_it(caplog: pytest.LogCaptureFixture) -> None:
    warming.load(["facturepro.no_such_module", "json"])
    assert "facturepro.no_such_module" in caplog.text
