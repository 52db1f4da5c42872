from power import raise_to


def test_1():
    assert raise_to(2, 3) == 8


def test_2():
    assert raise_to(5, 0) == 1


def test_3():
    assert raise_to(3, 2) == 9
