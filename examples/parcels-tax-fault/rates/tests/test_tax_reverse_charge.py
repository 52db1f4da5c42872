from rates.tax import reverse_charge, tax_percent


def test_a_business_without_a_vat_id_pays_the_tax():
    assert not reverse_charge("DE", "FR", True, None)
    assert tax_percent("DE", "FR", True, None) == 19


def test_a_private_customer_with_a_vat_id_pays_the_tax():
    assert not reverse_charge("DE", "FR", False, "FR40303265045")


def test_a_business_with_a_vat_id_still_declares_the_tax_itself():
    assert reverse_charge("NL", "IT", True, "IT00743110157")
