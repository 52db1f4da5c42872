from leap_year import is_leap


def test_1():
    assert is_leap(2400) == True


def test_2():
    assert is_leap(2100) == False


def test_3():
    assert is_leap(4) == True
