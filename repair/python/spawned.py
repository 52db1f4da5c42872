"""Runs tests by pytest or unittest themselves and writes a JSON line per test, with the lines that it ran.

    python3 spawned.py pytest|unittest <root> <module> <report> <file>...
"""

import json
import os
import sys
import time

import loading
from tracing import Tracer


class Report:
    def __init__(self, root, module, path):
        self.root, self.module = root, module
        self.out = open(path, "a", buffering=1)
        self.tracer = Tracer(root)

    def write(self, file, titles, outcome, message, started):
        file = os.path.realpath(file)
        covered, symbols = self.tracer.take(os.path.relpath(file, self.root))
        line = {"file": file, "titles": titles, "outcome": outcome, "milliseconds": (time.monotonic() - started) * 1000}
        line.update(covered=covered, symbols=symbols, **({"message": message[-4000:]} if message else {}))
        self.out.write(json.dumps(line) + "\n")


class Plugin:
    def __init__(self, report):
        self.report = report

    def pytest_collectreport(self, report):
        if report.failed and getattr(report, "fspath", ""):
            file = os.path.join(str(self.root), report.nodeid.split("::")[0])
            self.report.write(file, ["(load)"], "fail", str(report.longrepr), time.monotonic())

    def pytest_sessionstart(self, session):
        self.root = session.config.rootpath

    def pytest_runtest_protocol(self, item, nextitem):
        from _pytest.runner import runtestprotocol

        started = time.monotonic()
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        with self.report.tracer:
            reports = runtestprotocol(item, nextitem=nextitem, log=True)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        failed = [report for report in reports if report.failed]
        outcome = "fail" if failed else "skip" if any(report.skipped for report in reports) else "pass"
        message = str(failed[0].longrepr) if failed else None
        self.report.write(str(item.path), item.nodeid.split("::")[1:], outcome, message, started)
        return True


def run_pytest(report, files):
    import pytest

    return pytest.main(["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", *files], plugins=[Plugin(report)])


def run_unittest(report, files):
    import unittest

    class Result(unittest.TestResult):
        def startTest(self, test):  # noqa: N802 unittest's own name
            super().startTest(test)
            self.started, self.outcome, self.message = time.monotonic(), "pass", None
            report.tracer.__enter__()

        def stopTest(self, test):  # noqa: N802
            sys.settrace(None)
            file = sys.modules[type(test).__module__].__file__
            report.write(file, [type(test).__qualname__, test._testMethodName], self.outcome, self.message, self.started)
            super().stopTest(test)

        def fail(self, error):
            self.outcome, self.message = "fail", f"{error[0].__name__}: {error[1]}"

        def addFailure(self, test, error):  # noqa: N802
            self.fail(error)

        def addError(self, test, error):  # noqa: N802
            # The set-up of a class or a module has no test of its own: its tests do not run, and so do not pass.
            if hasattr(test, "_testMethodName"):
                self.fail(error)

        def addSubTest(self, test, subtest, error):  # noqa: N802
            if error is not None:
                self.fail(error)

        def addSkip(self, test, reason):  # noqa: N802
            self.outcome = "skip"

        def addUnexpectedSuccess(self, test):  # noqa: N802
            self.outcome, self.message = "fail", "passes, and was expected to fail"

    for file in files:
        started = time.monotonic()
        try:
            module = loading.load(file)
        except BaseException as error:  # noqa: B036 the file under test may raise anything
            report.write(file, ["(load)"], "fail", f"{type(error).__name__}: {error}", started)
            continue
        unittest.defaultTestLoader.loadTestsFromModule(module).run(Result())


def main():
    kind, root, module, path, *files = sys.argv[1:]
    for name in ("loading", "tracing"):
        # The suite may have modules of these names.
        del sys.modules[name]
    root = os.path.realpath(root)
    directory = os.path.normpath(os.path.join(root, module))
    loading.Loading.root = root
    # As the runners do with the directory that they are started in, and not this program's own.
    sys.path[0] = directory
    sys.path[1:1] = [os.path.join(directory, "src"), root]
    report = Report(root, directory, path)
    files = [os.path.join(root, file) for file in files]
    # What a test left running must not keep the process.
    code = (run_pytest if kind == "pytest" else run_unittest)(report, files)
    report.out.flush()
    sys.stdout.flush()
    os._exit(int(code or 0))


if __name__ == "__main__":
    main()
