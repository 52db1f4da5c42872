from is_sorted import starts_with_vowel


def test_1():
    assert starts_with_vowel('Ink') == True


def test_2():
    assert starts_with_vowel('x') == False
