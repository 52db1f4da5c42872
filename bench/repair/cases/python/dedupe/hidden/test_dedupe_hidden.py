from dedupe import dedupe


def test_1():
    assert dedupe(['a', 'b', 'a', 'a']) == ['a', 'b']
