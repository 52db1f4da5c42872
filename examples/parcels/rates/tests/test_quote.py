import json
import subprocess
import sys

import pytest

from rates.quote import quote

PARCEL = {"origin": "DE", "destination": "DE", "postcode": "10115", "grams": 1_000}


def test_a_receipt_names_net_tax_and_gross():
    assert quote(PARCEL) == {
        "zone": "domestic",
        "billableGrams": 1_000,
        "netCents": 529,
        "taxPercent": 19,
        "taxCents": 101,
        "grossCents": 630,
    }


def test_surcharges_are_taxed_too():
    priced = quote({**PARCEL, "postcode": "25849", "longestSideCm": 150})
    assert priced["netCents"] == 529 + 450 + 990
    assert priced["taxCents"] == 374


def test_a_posting_date_gives_the_day_of_delivery():
    priced = quote({**PARCEL, "destination": "FR", "posted": "2025-03-14"})
    assert priced["deliveryDay"] == "2025-03-19"


def test_a_parcel_without_a_weight_has_no_quote():
    with pytest.raises(KeyError, match="grams"):
        quote({"origin": "DE", "destination": "DE"})


def run(text):
    return subprocess.run([sys.executable, "-m", "rates"], input=text, capture_output=True, text=True, check=False)


def test_the_program_prices_parcels_from_stdin():
    done = run(json.dumps({"parcels": [PARCEL, PARCEL]}))
    assert done.returncode == 0, done.stderr
    assert [parcel["grossCents"] for parcel in json.loads(done.stdout)["parcels"]] == [630, 630]


def test_the_program_ends_with_2_when_there_is_no_rate():
    done = run(json.dumps({"parcels": [{**PARCEL, "origin": "XX"}]}))
    assert done.returncode == 2
    assert "do not serve 'XX'" in done.stderr
