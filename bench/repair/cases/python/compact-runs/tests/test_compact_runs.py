from compact_runs import runs


def test_1():
    assert runs('aab') == [['a', 2], ['b', 1]]


def test_2():
    assert runs('') == []


def test_3():
    assert runs('abab') == [['a', 1], ['b', 1], ['a', 1], ['b', 1]]


def test_4():
    assert runs('zzz') == [['z', 3]]
