from rates.tax import reverse_charge, tax_cents, tax_percent


def test_the_tax_is_that_of_the_country_of_the_sender():
    assert tax_percent("DE", "DE") == 19
    assert tax_percent("FR", "DE") == 20


def test_what_comes_into_the_union_is_taxed_where_it_arrives():
    assert tax_percent("CH", "NL") == 21


def test_what_leaves_the_union_is_not_taxed():
    assert tax_percent("DE", "CH") == 0
    assert tax_percent("US", "CH") == 0


def test_a_business_with_a_vat_id_in_another_country_declares_the_tax_itself():
    assert reverse_charge("DE", "FR", True, "FR40303265045")
    assert tax_percent("DE", "FR", True, "FR40303265045") == 0


def test_a_business_in_the_same_country_pays_the_tax():
    assert not reverse_charge("DE", "DE", True, "DE136695976")


def test_a_private_customer_pays_the_tax():
    assert not reverse_charge("DE", "FR", False, None)


def test_nobody_declares_tax_on_what_leaves_the_union():
    assert not reverse_charge("DE", "CH", True, "CHE123456788")


def test_tax_goes_to_the_nearest_cent():
    assert tax_cents(1_049, 19) == 199
