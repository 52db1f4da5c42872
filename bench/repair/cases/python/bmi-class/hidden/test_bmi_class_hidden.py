from bmi_class import classify


def test_1():
    assert classify(25) == 'over'


def test_2():
    assert classify(24) == 'normal'


def test_3():
    assert classify(20) == 'normal'
