from chunks import chunks


def test_1():
    assert chunks([1, 2, 3, 4], 2) == [[1, 2], [3, 4]]


def test_2():
    assert chunks([1, 2, 3], 2) == [[1, 2], [3]]


def test_3():
    assert chunks([], 2) == []
