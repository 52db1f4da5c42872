from late_fee import late_fee


def test_1():
    assert late_fee(2, 5) == 0


def test_2():
    assert late_fee(5, 5) == 10


def test_3():
    assert late_fee(10, 2) == 14
