from highest_bid import highest


def test_1():
    assert highest([1, 5, 3]) == 5


def test_2():
    assert highest([]) == 0


def test_3():
    assert highest([2]) == 2
