from bmi_class import classify


def test_1():
    assert classify(18) == 'under'


def test_2():
    assert classify(24.5) == 'normal'


def test_3():
    assert classify(27) == 'over'


def test_4():
    assert classify(31) == 'obese'
