"""The emulator for whole-program stories."""

from tests.sync.conftest import emulator

__all__ = ["emulator"]
