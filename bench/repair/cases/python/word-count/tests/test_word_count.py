from word_count import count_words


def test_1():
    assert count_words('a b a', 1) == {'a': 2, 'b': 1}


def test_2():
    assert count_words('aa b', 2) == {'aa': 1}


def test_3():
    assert count_words('', 1) == {}
