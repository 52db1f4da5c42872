from matrix_column import column_sums


def test_1():
    assert column_sums([[1, 2], [3, 4]]) == [4, 6]


def test_2():
    assert column_sums([[1, 2, 3]]) == [1, 2, 3]
