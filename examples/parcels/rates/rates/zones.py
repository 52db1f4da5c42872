UNION = frozenset({"AT", "BE", "DE", "ES", "FR", "IT", "NL", "PL"})
OUTSIDE = frozenset({"CH", "GB", "NO", "US"})


def direction(origin: str, destination: str) -> str:
    """How a parcel crosses the border of the customs union: out of it, into it, or not at all."""
    if origin in UNION and destination not in UNION:
        return "export"
    if origin not in UNION and destination in UNION:
        return "import"
    return "union" if origin in UNION else "transit"


def zone_for(origin: str, destination: str) -> str:
    """The zone whose tariff applies."""
    for country in (origin, destination):
        if country not in UNION | OUTSIDE:
            raise ValueError(f"we do not serve {country!r}")
    if origin == destination:
        return "domestic"
    return direction(destination, origin)
