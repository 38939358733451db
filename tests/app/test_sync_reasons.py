"""Nobody is told "a fault of the program" for what has a name."""

from facturepro.app.window_sync import _REASONS
from facturepro.sync.status import CODES


def test_every_code_of_the_exchange_has_a_short_reason() -> None:
    codes = {code for _error, code in CODES} | {"cloud_denied", "cloud_update_required"}
    assert codes <= _REASONS.keys()
