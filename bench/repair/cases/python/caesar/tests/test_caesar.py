from caesar import shift


def test_1():
    assert shift('abc', 1) == 'bcd'


def test_2():
    assert shift('xyz', 3) == 'abc'


def test_3():
    assert shift('a b', 2) == 'c d'


def test_4():
    assert shift('', 5) == ''
