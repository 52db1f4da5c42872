from dedupe import dedupe


def test_1():
    assert dedupe([1, 1, 2]) == [1, 2]


def test_2():
    assert dedupe([]) == []


def test_3():
    assert dedupe([3, 2, 3]) == [3, 2]
