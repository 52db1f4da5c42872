from countdown import first_negative


def test_1():
    assert first_negative([1, -2, -3]) == -2


def test_2():
    assert first_negative([1]) == None


def test_3():
    assert first_negative([-1]) == -1
