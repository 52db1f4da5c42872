import pytest

from path_join import join_path


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (lambda: join_path(['a', 'b', 'c/']), 'a/b/c'),
    ],
)
def test_answers(given, wanted):
    assert given() == wanted
