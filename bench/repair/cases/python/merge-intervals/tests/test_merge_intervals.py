from merge_intervals import merge


def test_1():
    assert merge([(1, 3), (2, 5)]) == [(1, 5)]


def test_2():
    assert merge([]) == []


def test_3():
    assert merge([(1, 2), (5, 6)]) == [(1, 2), (5, 6)]


def test_4():
    assert merge([(4, 8), (1, 5), (7, 9)]) == [(1, 9)]
