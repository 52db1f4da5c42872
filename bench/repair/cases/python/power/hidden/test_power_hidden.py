from power import raise_to


def test_1():
    assert raise_to(10, 4) == 10000


def test_2():
    assert raise_to(2, 10) == 1024
