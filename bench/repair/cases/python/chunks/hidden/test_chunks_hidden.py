from chunks import chunks


def test_1():
    assert chunks([1, 2, 3, 4, 5, 6, 7], 3) == [[1, 2, 3], [4, 5, 6], [7]]


def test_2():
    assert chunks([1], 1) == [[1]]
