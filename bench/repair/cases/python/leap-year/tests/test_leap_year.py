from leap_year import is_leap


def test_1():
    assert is_leap(2000) == True


def test_2():
    assert is_leap(2024) == True


def test_3():
    assert is_leap(1900) == False


def test_4():
    assert is_leap(2023) == False
