from is_sorted import starts_with_vowel


def test_1():
    assert starts_with_vowel('apple') == True


def test_2():
    assert starts_with_vowel('Plum') == False


def test_3():
    assert starts_with_vowel('') == False
