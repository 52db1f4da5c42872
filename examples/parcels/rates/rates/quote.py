from datetime import date

from rates.rounding import billable_grams
from rates.surcharge import bulky_cents, fuel_cents, remote_cents
from rates.tariff import tariff_cents
from rates.tax import tax_cents, tax_percent
from rates.workdays import delivery_day
from rates.zones import zone_for


def quote(parcel: dict) -> dict:
    """The price of one parcel, with the parts that a receipt has to name."""
    origin, destination = parcel["origin"], parcel["destination"]
    zone = zone_for(origin, destination)
    grams = billable_grams(parcel["grams"])
    carriage = tariff_cents(zone, grams)
    surcharges = (
        fuel_cents(carriage)
        + remote_cents(destination, parcel.get("postcode", ""))
        + bulky_cents(parcel.get("longestSideCm", 0))
    )
    net = carriage + surcharges
    percent = tax_percent(origin, destination, bool(parcel.get("business")), parcel.get("vatId"))
    tax = tax_cents(net, percent)
    priced = {
        "zone": zone,
        "billableGrams": grams,
        "netCents": net,
        "taxPercent": percent,
        "taxCents": tax,
        "grossCents": net + tax,
    }
    if "posted" in parcel:
        priced["deliveryDay"] = delivery_day(date.fromisoformat(parcel["posted"]), zone).isoformat()
    return priced
