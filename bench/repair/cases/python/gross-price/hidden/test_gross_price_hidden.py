from gross_price import gross


def test_1():
    assert gross([40], 0.5, 20) == 30.0


def test_2():
    assert gross([1, 1], 1, 1) == 2
