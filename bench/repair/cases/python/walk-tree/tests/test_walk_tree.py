from walk_tree import leaves


def test_1():
    assert leaves([1, [2, 3]]) == [1, 2, 3]


def test_2():
    assert leaves([[], 4]) == [4]
