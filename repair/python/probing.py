"""Notes the calls that tests make to a module's functions, and says what a variant answers to such calls."""

import functools
import inspect
import itertools
import math

MOST = 60


class Calls:
    def __init__(self):
        self.found = []
        self.depth = 0

    def watch(self, module):
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                setattr(module, name, self._wrap(name, value))

    def _wrap(self, name, function):
        @functools.wraps(function)
        def watched(*args, **kwargs):
            if self.depth == 0 and not kwargs and len(self.found) < MOST:
                try:
                    call = {"name": name, "args": [encode(value) for value in args]}
                    if call not in self.found:
                        self.found.append(call)
                except ValueError:
                    pass
            self.depth += 1
            try:
                return function(*args, **kwargs)
            finally:
                self.depth -= 1

        return watched


def encode(value, depth=0):
    """As JSON, with tags for what JSON lacks."""
    if depth > 12:
        raise ValueError("too deep")
    if value is None or isinstance(value, (bool, str)):
        return value
    if type(value) is int and abs(value) < 1 << 53:
        return value
    if type(value) is float:
        return value if math.isfinite(value) and not value.is_integer() else {"$float": repr(value)}
    inner = depth + 1
    if type(value) is list:
        return [encode(item, inner) for item in value]
    if type(value) is tuple:
        return {"$tuple": [encode(item, inner) for item in value]}
    if type(value) in (set, frozenset):
        return {"$set": sorted((encode(item, inner) for item in value), key=repr)}
    if type(value) is dict:
        return {"$dict": [[encode(key, inner), encode(item, inner)] for key, item in value.items()]}
    raise ValueError("not plain")


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        kind, content = next(iter(value.items()))
        if kind == "$float":
            return float(content)
        if kind == "$tuple":
            return tuple(decode(item) for item in content)
        if kind == "$set":
            return {decode(item) for item in content}
        return {decode(key): decode(item) for key, item in content}
    return value


def answer(module, call):
    arguments = [decode(value) for value in call["args"]]
    before = describe(arguments)
    try:
        result = getattr(module, call["name"])(*arguments)
        if inspect.isgenerator(result) or type(result) in (map, filter, zip, range):
            result = list(itertools.islice(result, 200))
        value = describe(result)
    except Exception as error:  # noqa: BLE001 raising is an answer too
        return f"raises {type(error).__name__}"
    after = describe(arguments)
    return value if after == before else f"{value} and leaves {after}"


def describe(value, depth=0):
    if depth > 6:
        return "..."
    inner = depth + 1
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(describe(item, inner) for item in value)) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{describe(k, inner)}: {describe(v, inner)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(describe(item, inner) for item in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(describe(item, inner) for item in value) + ",)"
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)[:2000]
    held = getattr(value, "__dict__", None)
    return type(value).__name__ + (describe(held, inner) if held else "")
