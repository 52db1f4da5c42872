from late_fee import late_fee


def test_1():
    assert late_fee(3, 5) == 0


def test_2():
    assert late_fee(4, 7) == 7
