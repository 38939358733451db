"""Window tests run without a screen; widgets are made in both themes where that matters."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from facturepro.ui import theme
from facturepro.ui.widgets import focus


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[QApplication]:
    """Every test starts in the light theme, with the focus ring installed."""
    if theme.current().name != "light" or not qapp.styleSheet():
        theme.apply(qapp, "light")
    focus.install(qapp)
    yield qapp
    if theme.current().name != "light":
        theme.apply(qapp, "light")


@pytest.fixture(params=["light", "dark"])
def each_theme(request: pytest.FixtureRequest, qapp: QApplication) -> theme.Theme:
    """The test runs once in each theme."""
    if request.param != theme.current().name:
        # What the tests before have closed would be styled anew, twice: pytest-qt runs no loop that deletes it.
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return theme.apply(qapp, request.param)
