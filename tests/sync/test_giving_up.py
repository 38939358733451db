"""Somebody who gives up waits for no network; whoever asks himself ends in good order."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from facturepro.sync import giving_up
from facturepro.sync.giving_up import closed_when


def remote() -> Any:
    closed = threading.Event()
    return SimpleNamespace(close=closed.set, closed=closed)


def test_a_call_that_waits_is_ended() -> None:
    given_up, one = threading.Event(), remote()
    with closed_when(given_up.is_set, one):
        assert not one.closed.wait(0.15)
        given_up.set()
        assert one.closed.wait(10)


def test_what_is_given_up_before_it_began_never_reaches_the_network() -> None:
    one = remote()
    with closed_when(lambda: True, one):
        assert one.closed.is_set()


def test_who_ends_within_the_grace_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_up, "_LOOK_SECONDS", 0.001)
    asked, one = threading.Event(), remote()
    with closed_when(lambda: asked.set() or True, one, grace=30.0):  # type: ignore[func-returns-value]
        assert asked.wait(10)
    for thread in threading.enumerate():
        if thread.name == "giving-up":
            thread.join(10)
    assert not one.closed.is_set()
