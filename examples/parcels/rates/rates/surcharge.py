from rates.rounding import percent_of

FUEL_PERCENT = 8
REMOTE_CENTS = 450
BULKY_CENTS = 990
BULKY_FROM_CM = 120

# Islands and valleys that are served on some days only, by the start of the postcode.
REMOTE = {
    "DE": ("18565", "25849", "26465"),
    "FR": ("20",),
    "CH": ("39", "75"),
}


def fuel_cents(tariff_cents: int) -> int:
    return percent_of(tariff_cents, FUEL_PERCENT)


def remote_cents(country: str, postcode: str) -> int:
    return REMOTE_CENTS if postcode.startswith(REMOTE.get(country, ())) else 0


def bulky_cents(longest_side_cm: int) -> int:
    return BULKY_CENTS if longest_side_cm >= BULKY_FROM_CM else 0
