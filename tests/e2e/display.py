"""A display server of the test's own, with a window manager, and a person's hands on it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOOLS = ("Xvfb", "openbox", "xdotool", "xdpyinfo")
HOW_TO_INSTALL = "apt-get install xvfb openbox xdotool x11-utils"


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


class Display:
    """``keys`` and ``text`` go to the window that has the focus."""

    def __init__(self, number: str) -> None:
        self.environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}

    def xdotool(self, *arguments: str) -> str:
        result = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=True
        )
        return result.stdout.strip()

    def keys(self, *names: str) -> None:
        for name in names:
            self.xdotool("key", "--clearmodifiers", name)

    def text(self, words: str) -> None:
        self.xdotool("type", "--clearmodifiers", "--delay", "25", words)

    def windows(self, title: str) -> list[str]:
        result = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return result.stdout.split()

    def focus(self, title: str) -> None:
        self.xdotool("windowactivate", "--sync", self.windows(title)[-1])

    def picture(self, path: Path) -> None:
        if shutil.which("import"):
            subprocess.run(["import", "-window", "root", str(path)], env=self.environment, timeout=30, check=False)


@contextmanager
def display() -> Iterator[Display]:
    """Starts Xvfb on a free number and openbox in it; both are gone afterwards."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    manager = None
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        shown = Display(number)
        manager = subprocess.Popen(
            ["openbox", "--config-file", "/dev/null"],
            env={**shown.environment, "XDG_CONFIG_HOME": tempfile.gettempdir()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_manager(shown)
        yield shown
    finally:
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(timeout=10)


def _wait_for_manager(shown: Display) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        probe = subprocess.run(
            ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"],
            env=shown.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "window id" in probe.stdout:
            return
        time.sleep(0.05)
    raise AssertionError("the window manager did not start")
