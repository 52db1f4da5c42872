from matrix_column import column_sums


def test_1():
    assert column_sums([[1], [2], [3]]) == [6]
