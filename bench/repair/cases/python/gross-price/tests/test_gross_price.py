from gross_price import gross


def test_1():
    assert gross([10, 20], 0.5, 10) == 30.0


def test_2():
    assert gross([100], 0.25, 0) == 125.0
