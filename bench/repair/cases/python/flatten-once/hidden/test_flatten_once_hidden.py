from flatten_once import flatten_once


def test_1():
    assert flatten_once([[], [1, [2]]]) == [1, [2]]
