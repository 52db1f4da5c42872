from mask_card import mask


def test_1():
    assert mask('1111222233334444') == '************4444'
