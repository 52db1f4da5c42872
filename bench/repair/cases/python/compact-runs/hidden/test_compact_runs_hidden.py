from compact_runs import runs


def test_1():
    assert runs('aabb') == [['a', 2], ['b', 2]]
