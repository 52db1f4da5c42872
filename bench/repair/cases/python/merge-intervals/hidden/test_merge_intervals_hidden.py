from merge_intervals import merge


def test_1():
    assert merge([(1, 10), (2, 3)]) == [(1, 10)]
