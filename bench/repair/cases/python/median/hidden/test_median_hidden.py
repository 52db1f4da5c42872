from median import median


def test_1():
    assert median([10, 20]) == 15.0


def test_2():
    assert median([5]) == 5


def test_3():
    assert median([7, 7, 1, 9]) == 7.0
