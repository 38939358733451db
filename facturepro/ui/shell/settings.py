"""Remembered values of the window, kept by QSettings as JSON so that types come back as they went."""

import json
from typing import Any

from PySide6.QtCore import QSettings


class QtSettings:
    """A ``SettingsStore`` over a QSettings (the composition root chooses the file)."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def get(self, key: str, default: Any = None) -> Any:
        text = self._settings.value(key)
        if not isinstance(text, str):
            return default
        try:
            return json.loads(text)
        except ValueError:  # written by hand or by another version: fall back rather than refuse to start
            return default

    def set(self, key: str, value: Any) -> None:
        self._settings.setValue(key, json.dumps(value))
