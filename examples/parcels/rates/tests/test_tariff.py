import pytest

from rates.tariff import tariff_cents


def test_the_first_kilo_has_one_price():
    assert tariff_cents("domestic", 500) == 490
    assert tariff_cents("domestic", 1_000) == 490


def test_every_half_kilo_on_top_adds_a_step():
    assert tariff_cents("domestic", 1_500) == 550
    assert tariff_cents("union", 3_000) == 1_290 + 4 * 140


def test_the_farther_the_dearer():
    prices = [tariff_cents(zone, 5_000) for zone in ("domestic", "union", "import", "export", "transit")]
    assert prices == sorted(prices)


def test_the_heaviest_parcel_has_a_price_and_a_heavier_one_has_none():
    assert tariff_cents("domestic", 31_500) == 490 + 61 * 60
    with pytest.raises(ValueError, match="at most 31500 grams"):
        tariff_cents("domestic", 32_000)
