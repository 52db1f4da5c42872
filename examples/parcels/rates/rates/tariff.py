MAX_GRAMS = 31_500
INCLUDED_GRAMS = 1_000
STEP_GRAMS = 500

# Zone: price of the first kilo, price of every half kilo on top.
TARIFF = {
    "domestic": (490, 60),
    "union": (1_290, 140),
    "import": (1_990, 210),
    "export": (2_490, 260),
    "transit": (2_990, 320),
}


def tariff_cents(zone: str, billable_grams: int) -> int:
    """The price of carrying a parcel, without surcharges and tax."""
    if billable_grams > MAX_GRAMS:
        raise ValueError(f"a parcel weighs at most {MAX_GRAMS} grams, got {billable_grams}")
    first, step = TARIFF[zone]
    extra = max(0, billable_grams - INCLUDED_GRAMS)
    return first + step * (extra // STEP_GRAMS)
