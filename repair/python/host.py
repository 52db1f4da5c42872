"""The Python runner's process: takes jobs as JSON lines on stdin, answers as JSON lines on stdout.

It never runs the code under test itself. Each job runs in a fork, which this process kills when it stands still; the
job then goes on in a new fork behind the test or the candidate that stopped it.
"""

import json
import os
import select
import signal
import sys

import jobs
import loading


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def fork(job):
    """Starts a job; gives its process id and the end of the pipe to read."""
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        os.close(readable)
        jobs.run(job, os.fdopen(writable, "w", buffering=1))
    except BaseException as error:  # noqa: B036 the fork must end here, whatever happened
        os.write(writable, (json.dumps({"kind": "broken", "why": f"{type(error).__name__}: {error}"}) + "\n").encode())
    finally:
        os._exit(0)


def end(child, readable):
    os.close(readable)
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)


def attempt(job):
    """Runs a job once. Gives its lines and whether it came to an end of its own accord."""
    child, readable = fork(job)
    rest = b""
    heard = []
    patience = (job["limitMs"] * 2 + job.get("guardLimitMs", job["limitMs"] * 3)) / 1000 + 0.5
    try:
        while True:
            ready, _, _ = select.select([readable], [], [], patience)
            chunk = os.read(readable, 1 << 20) if ready else b""
            if not chunk:
                return heard, False
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                message = json.loads(line)
                heard.append(message)
                if message["kind"] in ("done", "broken", "not-warm"):
                    say(message)
                    return heard, True
                if message["kind"] != "beat":
                    say(message)
    finally:
        end(child, readable)


def after_standstill(job, heard):
    """What is left of a job whose fork was killed, or None."""
    kind = job["kind"]
    if kind == "judge":
        done = {message["verdict"]["key"] for message in heard if message["kind"] == "verdict"}
        left = [trial for trial in job["trials"] if trial["key"] not in done]
        if left:
            stuck = left.pop(0)
            say({"kind": "verdict", "verdict": {"key": stuck["key"], "passed": 0, "hung": True, "plausible": False, "passes": 0}})
        return {**job, "trials": left} if left else None
    if kind == "survey":
        files = {message["file"] for message in heard if message["kind"] == "file"}
        begun = [message for message in heard if message["kind"] == "beat" and "test" in message]
        if not begun:
            say({"kind": "not-warm", "why": "the test files do not load in time"})
            return None
        stuck = begun[-1]["test"]
        say({"kind": "observed", "tests": [{**stuck, "outcome": "fail", "message": "ran into the time limit", "hung": True}]})
        left = [name for name in job["files"] if name not in files]
        seen = [message["id"] for message in job.get("seen", [])]
        return {**job, "files": left, "seen": [*job.get("seen", []), *[b["test"] for b in begun if b["test"]["id"] not in seen]]}
    if kind == "probe":
        say({"kind": "answers", "key": job["trials"][0]["key"], "answers": []})
        left = job["trials"][1:]
        return {**job, "trials": left} if left else None
    return None


def serve():
    setup = json.loads(sys.stdin.readline())
    jobs.prepare(setup)
    for line in sys.stdin:
        job = json.loads(line)
        while job is not None:
            heard, ended = attempt(job)
            for message in heard:
                if message["kind"] == "libraries":
                    loading.preload(message["names"])
            if ended:
                break
            job = after_standstill(job, heard)
            if job is None:
                say({"kind": "done"})


if __name__ == "__main__":
    serve()
