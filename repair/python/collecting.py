"""Finds and runs tests without a test framework's own machinery: plain functions and classes as pytest collects them,
and unittest cases. What it does not offer it names, and the suite then runs through pytest itself."""

import inspect
import itertools
import os
import tempfile
import pathlib
import unittest

import loading


class NotWarm(Exception):
    """The suite needs more than this collector has."""


class Skipped(Exception):
    pass


class Test:
    def __init__(self, identity, title, run, skipped=False):
        self.id = identity
        self.title = title
        self.run = run
        self.skipped = skipped


def collect(path, name, fixtures):
    """Tests of one file. `name` is the path from the module's directory; `fixtures` come from conftest files."""
    module = loading.load(path)
    known = {**fixtures, **find_fixtures(vars(module))}
    tests = []
    prepared = {}
    for key, value in list(vars(module).items()):
        if inspect.isclass(value) and issubclass(value, unittest.TestCase):
            if value.__module__ == module.__name__:
                tests += unittest_cases(value, name, prepared, module)
        elif inspect.isclass(value) and key.startswith("Test") and value.__module__ == module.__name__:
            tests += class_tests(value, name, known, prepared, module)
        elif key.startswith("test") and callable(value) and inspect.isfunction(inspect.unwrap(value)):
            tests += function_tests(value, f"{name}::{key}", key, known, lambda f: f, module)
    return tests


def unittest_cases(kind, name, prepared, module):
    def build(method):
        def run():
            if module not in prepared:
                prepared[module] = True
                getattr(module, "setUpModule", lambda: None)()
            if kind not in prepared:
                prepared[kind] = True
                kind.setUpClass()
            result = unittest.TestResult()
            case = kind(method)
            problems = []
            result.addError = result.addFailure = lambda test, error: problems.append(error[1])
            result.addSubTest = lambda test, sub, error: problems.append(error[1]) if error else None
            case.run(result)
            if problems:
                raise problems[0]
            if result.skipped and result.testsRun <= len(result.skipped):
                raise Skipped(result.skipped[0][1])

        return Test(f"{name}::{kind.__name__} > {method}", method, run)

    return [build(method) for method in unittest.defaultTestLoader.getTestCaseNames(kind)]


def class_tests(kind, name, known, prepared, module):
    if "__init__" in vars(kind):
        return []
    known = {**known, **find_fixtures({k: v for base in reversed(kind.__mro__) for k, v in vars(base).items()})}
    tests = []
    for method in [key for base in reversed(kind.__mro__) for key in vars(base) if key.startswith("test")]:
        function = getattr(kind, method)

        def bind(function, kind=kind):
            instance = kind()
            if kind not in prepared:
                prepared[kind] = True
                getattr(kind, "setup_class", lambda: None)()
            bound = function.__get__(instance)
            prepare = getattr(instance, "setup_method", None)
            clean = getattr(instance, "teardown_method", None)

            def call(**arguments):
                if prepare:
                    prepare(*([bound] if inspect.signature(prepare).parameters else []))
                bound(**arguments)
                if clean:
                    clean(*([bound] if inspect.signature(clean).parameters else []))

            call.instance = instance
            return call

        tests += function_tests(function, f"{name}::{kind.__name__} > {method}", method, known, bind, module, kind)
    return tests


def function_tests(function, identity, title, known, bind, module, kind=None):
    if inspect.iscoroutinefunction(function):
        raise NotWarm(f"{identity} is a coroutine")
    marks = list(getattr(kind, "pytestmark", [])) if kind else []
    module_marks = getattr(module, "pytestmark", [])
    marks = [*getattr(function, "pytestmark", []), *marks, *(module_marks if isinstance(module_marks, list) else [module_marks])]
    skipped = any(
        mark.name in ("skip", "xfail") or (mark.name == "skipif" and (mark.args or [mark.kwargs.get("condition")])[0]) for mark in marks
    )
    variants = [({}, [])]
    for mark in marks:
        if mark.name == "parametrize":
            rows = parameter_rows(mark)
            variants = [({**a, **b}, [*x, y]) for (a, x), (b, y) in itertools.product(variants, rows)]
    wanted = list(inspect.signature(function).parameters.values())[1 if kind else 0 :]
    names = [parameter.name for parameter in wanted if parameter.default is parameter.empty]
    tests = []
    labels = unique(["-".join(label) for _, label in variants])
    for (values, label), suffix in zip(variants, labels):
        run = runner(function, values, names, known, bind, module)
        end = f"[{suffix}]" if label else ""
        tests.append(Test(identity + end, title + end, run, skipped))
    return tests


def runner(function, values, names, known, bind, module):
    automatic = [name for name, fixture in known.items() if fixture.autouse]

    def run():
        call = bind(function)
        cleanups = []
        made = dict(values)
        try:
            for hook in ("setup_function",):
                if hasattr(module, hook) and not hasattr(call, "instance"):
                    prepare = getattr(module, hook)
                    prepare(*([function] if inspect.signature(prepare).parameters else []))
            for name in [*automatic, *names]:
                provide(name, known, made, cleanups, getattr(call, "instance", None))
            call(**{name: made[name] for name in names})
        finally:
            for cleanup in reversed(cleanups):
                cleanup()

    return run


def provide(name, known, made, cleanups, instance):
    if name in made:
        return made[name]
    fixture = known.get(name)
    if fixture is None:
        made[name] = builtin(name, cleanups)
        return made[name]
    if fixture.params is not None:
        raise NotWarm(f"fixture {name} has parameters")
    needs = list(inspect.signature(fixture.function).parameters)
    takes_self = needs[:1] == ["self"]
    arguments = [provide(need, known, made, cleanups, instance) for need in needs[1 if takes_self else 0 :]]
    value = fixture.function(*([instance] if takes_self else []), *arguments)
    if inspect.iscoroutine(value) or inspect.isasyncgen(value):
        raise NotWarm(f"fixture {name} is a coroutine")
    if inspect.isgenerator(value):
        generator = value
        value = next(generator)
        cleanups.append(lambda: next(generator, None))
    made[name] = value
    return value


def builtin(name, cleanups):
    if name == "tmp_path":
        directory = tempfile.TemporaryDirectory()
        cleanups.append(directory.cleanup)
        return pathlib.Path(directory.name)
    if name == "monkeypatch":
        import pytest

        if hasattr(pytest, "MonkeyPatch"):
            patch = pytest.MonkeyPatch()
            cleanups.append(patch.undo)
            return patch
    raise NotWarm(f"fixture {name} is not offered")


class Fixture:
    def __init__(self, function, autouse, params):
        self.function = function
        self.autouse = autouse
        self.params = params


def find_fixtures(names):
    """Fixtures among a module's or a class's names, as this or an older pytest, or our stand-in, marks them."""
    found = {}
    for key, value in names.items():
        marker = getattr(value, "_fixture_function_marker", None) or getattr(value, "_pytestfixturefunction", None)
        if marker is None or inspect.isclass(value):
            continue
        wrapped = getattr(value, "_fixture_function", None) or getattr(getattr(value, "__pytest_wrapped__", None), "obj", value)
        found[getattr(marker, "name", None) or key] = Fixture(wrapped, marker.autouse, marker.params)
    return found


def conftests(path, root):
    """Fixtures of the conftest files above a test file."""
    known = {}
    directories = [parent for parent in pathlib.Path(path).parents if str(parent).startswith(root)]
    for directory in reversed(directories):
        file = directory / "conftest.py"
        if file.exists():
            names = vars(loading.load(str(file)))
            if any(key.startswith("pytest_") and key != "pytest_plugins" for key in names):
                raise NotWarm(f"{os.path.relpath(file, root)} has hooks")
            known.update(find_fixtures(names))
    return known


def parameter_rows(mark):
    names, table = mark.args[0], list(mark.args[1] if len(mark.args) > 1 else mark.kwargs["argvalues"])
    names = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)
    ids = mark.kwargs.get("ids")
    if mark.kwargs.get("indirect"):
        raise NotWarm("indirect parameters")
    rows = []
    for index, row in enumerate(table):
        given = getattr(row, "id", None) if type(row).__name__ in ("ParameterSet", "Param") else None
        values = row.values if type(row).__name__ in ("ParameterSet", "Param") else (row if len(names) > 1 else (row,))
        label = given
        if label is None and ids is not None:
            label = ids(row) if callable(ids) and len(names) == 1 else (None if callable(ids) else list(ids)[index])
        label = label if label is not None else "-".join(describe(value, name, index) for name, value in zip(names, values))
        rows.append((dict(zip(names, values)), str(label)))
    return rows


def describe(value, name, index):
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii")
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace")
    if value is None or isinstance(value, (bool, int, float, complex)):
        return str(value)
    own = getattr(value, "__name__", None)
    return own if isinstance(own, str) else f"{name}{index}"


def unique(labels):
    counts = {}
    total = {label: labels.count(label) for label in labels}
    result = []
    for label in labels:
        if total[label] == 1:
            result.append(label)
            continue
        result.append(f"{label}{counts.get(label, 0)}")
        counts[label] = counts.get(label, 0) + 1
    return result
