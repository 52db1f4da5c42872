from caesar import shift


def test_1():
    assert shift('hello', 13) == 'uryyb'
