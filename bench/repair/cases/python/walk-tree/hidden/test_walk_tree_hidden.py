from walk_tree import leaves


def test_1():
    assert leaves([[[5]], 6]) == [5, 6]


def test_2():
    assert leaves([]) == []
