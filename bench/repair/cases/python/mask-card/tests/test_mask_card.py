from mask_card import mask


def test_1():
    assert mask('1234567890') == '******7890'


def test_2():
    assert mask('12345') == '*2345'
