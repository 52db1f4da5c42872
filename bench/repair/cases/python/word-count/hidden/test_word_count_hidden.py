from word_count import count_words


def test_1():
    assert count_words('x x x y', 1) == {'x': 3, 'y': 1}
