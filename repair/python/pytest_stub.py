"""The part of pytest that test files use at import time, for machines without pytest."""

import math
import re
import sys
import types


class Mark:
    def __init__(self, name, args=(), kwargs=None):
        self.name, self.args, self.kwargs = name, args, kwargs or {}

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and callable(args[0]) and not kwargs and not self.args:
            target = args[0]
            target.pytestmark = [*getattr(target, "pytestmark", []), self]
            return target
        return Mark(self.name, args, kwargs) if not self.args and not self.kwargs else self._apply(args[0])

    def _apply(self, target):
        target.pytestmark = [*getattr(target, "pytestmark", []), self]
        return target


class Marks:
    def __getattr__(self, name):
        return Mark(name)


class Param:
    def __init__(self, *values, id=None, marks=()):
        self.values, self.id, self.marks = values, id, marks


class Raises:
    def __init__(self, expected, match=None):
        self.expected, self.match = expected, match
        self.value = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        assert kind is not None, f"did not raise {self.expected}"
        if not issubclass(kind, self.expected):
            return False
        self.value, self.type = value, kind
        assert self.match is None or re.search(self.match, str(value)), f"{value} does not match {self.match}"
        return True


class Approx:
    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected, self.rel, self.abs = expected, rel, abs

    def __eq__(self, actual):
        return self._near(actual, self.expected)

    def __repr__(self):
        return f"approx({self.expected!r})"

    def _near(self, actual, expected):
        if isinstance(expected, dict):
            return set(actual) == set(expected) and all(self._near(actual[key], expected[key]) for key in expected)
        if isinstance(expected, (list, tuple)):
            return len(actual) == len(expected) and all(map(self._near, actual, expected))
        if actual == expected:
            return True
        relative = 1e-6 if self.rel is None and self.abs is None else (self.rel or 0.0)
        return math.isclose(actual, expected, rel_tol=relative, abs_tol=1e-12 if self.abs is None else self.abs)


class FixtureMarker:
    def __init__(self, autouse, params, name):
        self.autouse, self.params, self.name = autouse, params, name


def fixture(function=None, *, scope="function", params=None, autouse=False, name=None, ids=None):
    def mark(target):
        target._pytestfixturefunction = FixtureMarker(autouse, params, name)
        return target

    return mark(function) if function else mark


def raises(expected, *args, match=None, **kwargs):
    if not args:
        return Raises(expected, match)
    with Raises(expected, match) as caught:
        args[0](*args[1:], **kwargs)
    return caught


def fail(reason="", pytrace=True):
    raise AssertionError(reason)


def skip_test(reason=""):
    from collecting import Skipped

    raise Skipped(reason)


def install():
    module = types.ModuleType("pytest")
    module.mark, module.param, module.fixture, module.raises = Marks(), Param, fixture, raises
    module.approx, module.fail, module.skip = Approx, fail, skip_test
    sys.modules["pytest"] = module
