from countdown import first_negative


def test_1():
    assert first_negative([-5, -4, -3]) == -5
