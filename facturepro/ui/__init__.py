"""The window. Importing any part of it first works round a fault of PySide6 6.12 under Python 3.11."""

from facturepro.ui.immortal import keep_singletons_alive

keep_singletons_alive()
