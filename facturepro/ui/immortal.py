"""Keep None, True and False alive under Python 3.11.

PySide6 6.12.0 is built as if these objects were immortal, which they are from Python 3.12 on: each call of a Qt
function without a result gives back one reference to None that it never took. Under 3.11 the interpreter aborts
("none_dealloc") after some ten thousand calls, that is after a few seconds of painting. Measured:
``sys.getrefcount(None)`` falls by one for each ``QPainter.fillRect``. Can go with Python 3.11.
"""

import ctypes
import sys

FIRST_IMMORTAL = (3, 12)
_MANY = 1 << 40
_SINGLETONS = (None, True, False, NotImplemented, Ellipsis)


def keep_singletons_alive() -> None:
    """Give the singletons more references than a process can lose. Does nothing from Python 3.12 on."""
    if sys.version_info >= FIRST_IMMORTAL:
        return
    for singleton in _SINGLETONS:
        count = ctypes.c_ssize_t.from_address(id(singleton))
        if count.value < _MANY:
            count.value += _MANY
