"""Which lines of the checkout run and which functions are entered, by the interpreter's trace hook."""

import os
import sys

import loading


class Tracer:
    def __init__(self, root):
        self.root = root
        self.lines = {}
        self.symbols = set()
        self.ours = {}

    def __enter__(self):
        sys.settrace(self._enter)

    def __exit__(self, *_):
        sys.settrace(None)

    def _enter(self, frame, event, _argument):
        code = frame.f_code
        lines = self.ours.get(code.co_filename)
        if lines is None:
            if code.co_filename in self.ours or code.co_filename[0] == "<" or not loading.is_ours(os.path.realpath(code.co_filename)):
                self.ours[code.co_filename] = None
                return None
            lines = self.ours[code.co_filename] = self.lines.setdefault(code.co_filename, set())
        if code.co_name[0] != "<":
            self.symbols.add(code.co_name)

        def local(inner, what, _argument):
            # An empty module reports line 0, which no file has.
            if what == "line" and inner.f_lineno > 0:
                lines.add(inner.f_lineno)
            return local

        return local

    def take(self, file):
        """Lines and symbols since the last call, without the test file's own."""
        test = os.path.join(self.root, file)
        lines = {
            os.path.relpath(name, self.root): sorted(found) for name, found in self.lines.items() if found and os.path.realpath(name) != test
        }
        symbols = sorted(self.symbols)
        self.lines, self.symbols, self.ours = {}, set(), {}
        return lines, symbols
