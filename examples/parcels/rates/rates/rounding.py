import math
from decimal import ROUND_HALF_UP, Decimal

STEP_GRAMS = 500


def billable_grams(grams: int) -> int:
    """The weight that is charged, in half kilos."""
    if grams <= 0:
        raise ValueError(f"expected a weight above 0 grams, got {grams}")
    return math.floor(grams / STEP_GRAMS) * STEP_GRAMS


def percent_of(cents: int, percent: int) -> int:
    """A share of an amount, to the nearest cent; half a cent goes up."""
    share = Decimal(cents) * percent / 100
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))
