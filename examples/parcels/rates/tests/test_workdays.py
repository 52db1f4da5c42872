from datetime import date

from rates.workdays import add_working_days, delivery_day, is_working_day


def test_weekends_and_holidays_are_not_working_days():
    assert is_working_day(date(2025, 3, 14))
    assert not is_working_day(date(2025, 3, 15))
    assert not is_working_day(date(2025, 12, 25))


def test_working_days_skip_the_weekend():
    assert add_working_days(date(2025, 3, 14), 1) == date(2025, 3, 17)


def test_working_days_skip_holidays():
    assert add_working_days(date(2025, 12, 24), 1) == date(2025, 12, 29)


def test_a_domestic_parcel_arrives_on_the_next_working_day():
    assert delivery_day(date(2025, 3, 11), "domestic") == date(2025, 3, 12)


def test_an_export_takes_five_working_days():
    assert delivery_day(date(2025, 3, 11), "export") == date(2025, 3, 18)
