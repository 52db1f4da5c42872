"""What a fork does: survey, judge, record and probe. Each says what it found as it goes."""

import json
import os
import resource
import signal
import sys
import time

import collecting
import loading
import probing
import real_pytest
from collecting import NotWarm, Skipped
from tracing import Tracer

MEMORY = 3 << 30
#: A variant that keeps hanging has shown enough.
MOST_HANGS = 3
NO_ANSWER = "no answer in time"


class Hung(BaseException):
    """Not an Exception, so that the code under test does not swallow it by accident."""


class Setup:
    root = module = ""
    runner = "pytest"
    #: Set once a suite proved to need pytest itself.
    real = False


def prepare(setup):
    Setup.root = os.path.realpath(setup["root"])
    Setup.module = os.path.join(Setup.root, setup["module"])
    Setup.runner = setup["runner"]
    loading.install(Setup.root, [os.path.normpath(Setup.module), os.path.join(Setup.module, "src"), Setup.root])
    os.chdir(Setup.module)
    if setup["usesPytest"]:
        try:
            import pytest  # noqa: F401
        except ImportError:
            import pytest_stub

            pytest_stub.install()
    for name in ("collections", "copy", "datetime", "dataclasses", "functools", "heapq", "itertools", "math", "re", "typing"):
        __import__(name)


def run(job, pipe):
    def say(message):
        pipe.write(json.dumps(message) + "\n")

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(1200)
    signal.signal(signal.SIGALRM, stop)
    try:
        if job.get("real"):
            real_pytest.work(job, say, Setup)
        else:
            {"survey": survey, "judge": judge, "record": record, "probe": probe}[job["kind"]](job, say)
        say({"kind": "done"})
    except NotWarm as error:
        say({"kind": "not-warm", "why": str(error)})


def stop(_number, _frame):
    raise Hung


class Limit:
    """Stops what runs too long. The alarm repeats, in case the code under test catches everything."""

    def __init__(self, milliseconds):
        self.seconds = milliseconds / 1000

    def __enter__(self):
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 0.05)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


def tests_of(file, fixtures=None):
    path = os.path.join(Setup.root, file)
    name = os.path.relpath(path, Setup.module)
    return collecting.collect(path, name, collecting.conftests(path, Setup.root) if fixtures is None else fixtures)


def survey(job, say):
    seen = {test["id"] for test in job.get("seen", [])}
    for file in job["files"]:
        say({"kind": "beat"})
        tracer = Tracer(Setup.root)
        loading.forget()
        try:
            with Limit(job["limitMs"] * 4), tracer:
                tests = tests_of(file)
        except (NotWarm, Hung):
            raise
        except BaseException as error:  # noqa: B036 the file under test may raise anything
            identity = f"{os.path.relpath(os.path.join(Setup.root, file), Setup.module)}::(load)"
            failed = {"id": identity, "file": file, "title": "(load)", "outcome": "fail", "message": message_of(error)}
            lines, symbols = tracer.take(file)
            say({"kind": "observed", "tests": [{**failed, "hung": False, "milliseconds": 0, "covered": lines, "symbols": symbols}]})
            say({"kind": "file", "file": file})
            continue
        loaded, _ = tracer.take(file)
        hung = bool(seen)
        for test in tests:
            if test.id not in seen:
                limit = job["afterHangMs"] if hung else job["limitMs"]
                hung = survey_test(test, file, tracer, loaded, limit, say) or hung
        say({"kind": "file", "file": file})
    say({"kind": "libraries", "names": loading.libraries()})


def survey_test(test, file, tracer, loaded, limit, say):
    base = {"id": test.id, "file": file, "title": test.title, "hung": False, "milliseconds": 0, "covered": loaded, "symbols": []}
    say({"kind": "beat", "test": base})
    started = time.monotonic()
    outcome, message, hung = "pass", None, False
    if test.skipped:
        say({"kind": "observed", "tests": [{**base, "outcome": "skip"}]})
        return False
    try:
        with Limit(limit), tracer:
            test.run()
    except Hung:
        outcome, message, hung = "fail", "ran into the time limit", True
    except NotWarm:
        raise
    except BaseException as error:  # noqa: B036
        skipped = isinstance(error, Skipped) or type(error).__name__ in ("Skipped", "SkipTest")
        outcome, message = ("skip", None) if skipped else ("fail", message_of(error))
    taken = (time.monotonic() - started) * 1000
    lines, symbols = tracer.take(file)
    covered = {**loaded, **lines}
    found = {**base, "outcome": outcome, "hung": hung, "milliseconds": taken, "covered": covered, "symbols": symbols}
    say({"kind": "observed", "tests": [{**found, "message": message} if message else found]})
    return hung


def message_of(error):
    return f"{type(error).__name__}: {error}"[:4000]


def judge(job, say):
    targets, guards = by_file(job["targets"]), by_file(job["guards"])
    for trial in job["trials"]:
        path = os.path.join(Setup.root, trial["path"])
        verdict = {"key": trial["key"], "passed": 0, "hung": False, "plausible": False, "passes": 0}
        loading.Loading.overrides = {os.path.realpath(path): trial["text"]}
        loading.forget()
        try:
            with Limit(job["limitMs"]):
                passed, failed = run_wanted(targets, False)
            verdict["passed"] = passed
            if failed == 0:
                with Limit(job["guardLimitMs"]):
                    also, failed = run_wanted(guards, True)
                verdict.update(plausible=failed == 0, passes=passed + also)
        except Hung:
            verdict["hung"] = True
        except BaseException:  # noqa: B036 a candidate may raise anything while it loads
            pass
        say({"kind": "verdict", "verdict": verdict})


def by_file(wanted):
    files = {}
    for test in wanted:
        files.setdefault(test["file"], set()).add(test["id"])
    return files


def run_wanted(files, stop_early):
    """How many of the wanted tests pass and fail. One that vanished counts as failed."""
    passed = failed = 0
    for file, ids in files.items():
        tests = tests_of(file) if Setup.runner == "pytest" else tests_of(file, {})
        outcomes = {}
        for test in tests:
            if test.id in ids:
                outcomes[test.id] = outcomes.get(test.id, True) and passes(test)
                if stop_early and not outcomes[test.id]:
                    return passed, 1
        passed += sum(outcomes.values())
        failed += len(ids) - sum(outcomes.values())
        if stop_early and failed:
            return passed, failed
    return passed, failed


def passes(test):
    try:
        test.run()
        return True
    except Hung:
        raise
    except BaseException:  # noqa: B036 whatever it raises, the test failed
        return False


def record(job, say):
    loading.forget()
    calls = probing.Calls()
    with Limit(job["limitMs"]):
        calls.watch(loading.load(os.path.join(Setup.root, job["path"])))
    wanted = by_file(job["tests"])
    for file, ids in wanted.items():
        for test in tests_of(file):
            say({"kind": "beat"})
            if test.id in ids:
                try:
                    with Limit(job["limitMs"]):
                        passes(test)
                except Hung:
                    continue
    say({"kind": "calls", "calls": calls.found})


def probe(job, say):
    for trial in job["trials"]:
        path = os.path.join(Setup.root, trial["path"])
        loading.Loading.overrides = {os.path.realpath(path): trial["text"]}
        loading.forget()
        answers = []
        with Limit(job["limitMs"] * 4):
            module = loading.load(path)
        hangs = 0
        for call in job["calls"]:
            say({"kind": "beat"})
            if hangs >= MOST_HANGS:
                answers.append(NO_ANSWER)
                continue
            try:
                with Limit(job["limitMs"]):
                    answers.append(probing.answer(module, call))
            except Hung:
                answers.append(NO_ANSWER)
                hangs += 1
        say({"kind": "answers", "key": trial["key"], "answers": answers})
