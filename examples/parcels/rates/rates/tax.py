from rates.rounding import percent_of
from rates.zones import direction

STANDARD_PERCENT = {"AT": 20, "BE": 21, "DE": 19, "ES": 21, "FR": 20, "IT": 22, "NL": 21, "PL": 23}


def reverse_charge(origin: str, destination: str, business: bool, vat_id: str | None) -> bool:
    """Whether the receiver declares the tax, which holds between two countries of the union."""
    if origin == destination or direction(origin, destination) != "union":
        return False
    return business or vat_id is not None


def tax_percent(origin: str, destination: str, business: bool = False, vat_id: str | None = None) -> int:
    """The tax of the sender's country, except on what leaves the union or is declared by the receiver."""
    if direction(origin, destination) in ("export", "transit"):
        return 0
    if reverse_charge(origin, destination, business, vat_id):
        return 0
    return STANDARD_PERCENT[origin if origin in STANDARD_PERCENT else destination]


def tax_cents(net_cents: int, percent: int) -> int:
    return percent_of(net_cents, percent)
