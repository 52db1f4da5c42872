from highest_bid import highest


def test_1():
    assert highest([9, 8, 7]) == 9


def test_2():
    assert highest([1, 2]) == 2
