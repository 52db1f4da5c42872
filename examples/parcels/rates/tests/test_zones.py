import pytest

from rates.zones import direction, zone_for


def test_direction_is_export_when_a_parcel_leaves_the_union():
    assert direction("DE", "CH") == "export"


def test_direction_is_import_when_a_parcel_enters_the_union():
    assert direction("CH", "DE") == "import"


def test_direction_tells_parcels_inside_the_union_from_parcels_outside_it():
    assert direction("DE", "FR") == "union"
    assert direction("CH", "US") == "transit"


def test_zone_of_a_parcel_from_the_union_to_a_country_outside_is_export():
    assert zone_for("DE", "CH") == "export"
    assert zone_for("FR", "US") == "export"


def test_zone_of_a_parcel_from_outside_into_the_union_is_import():
    assert zone_for("CH", "DE") == "import"
    assert zone_for("US", "NL") == "import"


def test_zone_within_one_country_is_domestic():
    assert zone_for("DE", "DE") == "domestic"
    assert zone_for("CH", "CH") == "domestic"


def test_zone_between_two_countries_of_the_union_is_union():
    assert zone_for("DE", "FR") == "union"
    assert zone_for("FR", "DE") == "union"


def test_zone_between_two_countries_outside_is_transit():
    assert zone_for("CH", "US") == "transit"


@pytest.mark.parametrize(("origin", "destination"), [("XX", "DE"), ("DE", "XX"), ("XX", "XX")])
def test_a_country_that_is_not_served_has_no_zone(origin, destination):
    with pytest.raises(ValueError, match="do not serve 'XX'"):
        zone_for(origin, destination)
