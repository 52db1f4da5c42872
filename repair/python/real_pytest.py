"""Runs jobs through pytest itself, in the fork, for suites whose fixtures or hooks the plain collector lacks."""

import contextlib
import os
import signal
import time

import loading
from tracing import Tracer


class Plugin:
    """Watches one pytest run; every test has its own time limit."""

    def __init__(self, setup, limit, tracer, chosen, heard):
        self.setup, self.limit, self.tracer, self.chosen, self.heard = setup, limit, tracer, chosen, heard

    def pytest_collection_modifyitems(self, items):
        if self.chosen is not None:
            items[:] = [item for item in items if self.identity(item) in self.chosen]

    def identity(self, item):
        file = os.path.relpath(str(item.path), self.setup.module)
        parts = item.nodeid.split("::")[1:]
        return f"{file}::{' > '.join(parts)}"

    def pytest_runtest_protocol(self, item, nextitem):
        from _pytest.runner import runtestprotocol

        started = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, self.limit / 1000, 0.05)
        try:
            with self.tracer or contextlib.nullcontext():
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        failed = [report for report in reports if report.failed]
        skipped = any(report.skipped for report in reports)
        outcome = "fail" if failed else "skip" if skipped else "pass"
        message = str(failed[0].longrepr)[-4000:] if failed else None
        return self.heard(self, item, outcome, message, (time.monotonic() - started) * 1000) or True


def run(files, plugin):
    import pytest

    options = ["-q", "-p", "no:cacheprovider", *(["-x"] if plugin.chosen is not None else [])]
    paths = [os.path.join(plugin.setup.root, file) for file in files]
    return pytest.main([*options, *paths], plugins=[plugin])


def work(job, say, setup):
    if job["kind"] == "survey":
        survey(job, say, setup)
    elif job["kind"] == "judge":
        judge(job, say, setup)
    else:
        say({"kind": "calls", "calls": []} if job["kind"] == "record" else {"kind": "beat"})


def survey(job, say, setup):
    for file in job["files"]:
        tracer = Tracer(setup.root)

        def heard(plugin, item, outcome, message, taken):
            lines, symbols = plugin.tracer.take(file)
            test = {"id": plugin.identity(item), "file": file, "title": item.name, "outcome": outcome, "hung": "Hung" in (message or "")}
            test.update(milliseconds=taken, covered=lines, symbols=symbols, **({"message": message} if message else {}))
            say({"kind": "observed", "tests": [test]})

        loading.forget_all()
        run([file], Plugin(setup, job["limitMs"], tracer, None, heard))
        say({"kind": "file", "file": file})
    say({"kind": "libraries", "names": loading.libraries()})


def judge(job, say, setup):
    for trial in job["trials"]:
        path = os.path.realpath(os.path.join(setup.root, trial["path"]))
        loading.Loading.overrides = {path: trial["text"]}
        verdict = {"key": trial["key"], "passed": 0, "hung": False, "plausible": False, "passes": 0}
        for wanted in (job["targets"], job["guards"]):
            outcomes = {}
            loading.forget_all()

            def heard(plugin, item, outcome, message, taken):
                outcomes[plugin.identity(item)] = outcome

            ids = {test["id"] for test in wanted}
            if ids:
                run(sorted({test["file"] for test in wanted}), Plugin(setup, job["limitMs"], None, ids, heard))
            passed = sum(outcomes.get(identity) == "pass" for identity in ids)
            if wanted is job["targets"]:
                verdict["passed"] = passed
            verdict["passes"] += passed
            if passed < len(ids):
                break
        else:
            verdict["plausible"] = True
        say({"kind": "verdict", "verdict": verdict})
