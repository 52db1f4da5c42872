import pytest

from path_join import join_path


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (lambda: join_path(['a', 'b']), 'a/b'),
        (lambda: join_path(['/x/', 'y']), 'x/y'),
        (lambda: join_path(['z']), 'z'),
    ],
)
def test_answers(given, wanted):
    assert given() == wanted
