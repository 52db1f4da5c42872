import pytest

from rates.rounding import billable_grams, percent_of


def test_rounding_bills_a_started_half_kilo_as_a_whole_one():
    assert billable_grams(1_250) == 1_500
    assert billable_grams(1_001) == 1_500
    assert billable_grams(2_999) == 3_000


def test_rounding_bills_the_lightest_parcel_as_half_a_kilo():
    assert billable_grams(1) == 500


@pytest.mark.parametrize("grams", [500, 1_000, 1_500, 31_500])
def test_rounding_leaves_full_half_kilos_as_they_are(grams):
    assert billable_grams(grams) == grams


@pytest.mark.parametrize("grams", [0, -1])
def test_a_weight_that_is_not_positive_is_refused(grams):
    with pytest.raises(ValueError, match="above 0 grams"):
        billable_grams(grams)


def test_a_share_goes_to_the_nearest_cent():
    assert percent_of(1_049, 19) == 199
    assert percent_of(1_290, 8) == 103


def test_half_a_cent_goes_up():
    assert percent_of(50, 19) == 10
    assert percent_of(250, 1) == 3
    assert percent_of(450, 1) == 5
