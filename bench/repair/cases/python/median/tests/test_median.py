from median import median


def test_1():
    assert median([3, 1, 2]) == 2


def test_2():
    assert median([4, 1, 2, 3]) == 2.5
