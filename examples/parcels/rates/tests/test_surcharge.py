from rates.surcharge import bulky_cents, fuel_cents, remote_cents


def test_fuel_is_a_share_of_the_tariff():
    assert fuel_cents(1_000) == 80
    assert fuel_cents(490) == 39


def test_remote_places_cost_more():
    assert remote_cents("DE", "25849") == 450
    assert remote_cents("FR", "20137") == 450


def test_other_places_cost_nothing_more():
    assert remote_cents("DE", "10115") == 0
    assert remote_cents("PL", "20137") == 0


def test_a_long_parcel_is_bulky():
    assert bulky_cents(120) == 990
    assert bulky_cents(119) == 0
