"""Round steps for an axis."""

from decimal import Decimal

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def ticks(highest: Decimal, wanted: int = 4) -> list[Decimal]:
    """0 and round values up to the first that is not below ``highest``: 34.2 -> 0, 10, 20, 30, 40."""
    if highest <= 0:
        return [Decimal(0), Decimal(1)]
    raw = highest / wanted
    magnitude = Decimal(1).scaleb(raw.adjusted())
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= raw)
    found = [Decimal(0)]
    while found[-1] < highest:
        found.append(found[-1] + step)
    return found
