"""Imports the modules of the checkout from cached code, with the text of one file replaced."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys

FOREIGN = ("site-packages", "dist-packages", "node_modules")


class Loading:
    root = ""
    overrides = {}
    code = {}
    names = set()


def is_ours(path):
    return path.startswith(Loading.root + os.sep) and not any(part in path for part in FOREIGN) and "/." not in path


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        path = os.path.realpath(self.path)
        Loading.names.add(fullname)
        if path in Loading.overrides:
            return compile(Loading.overrides[path], path, "exec", dont_inherit=True)
        if path not in Loading.code:
            with open(path, "rb") as file:
                Loading.code[path] = compile(file.read(), path, "exec", dont_inherit=True)
        return Loading.code[path]


def install(root, directories):
    """Everything under the root goes through our loader, and nothing is written beside the sources."""
    Loading.root = os.path.realpath(root)
    sys.dont_write_bytecode = True
    files = importlib.machinery.FileFinder.path_hook((Loader, [".py"]))

    def hook(path):
        full = os.path.realpath(path or os.getcwd())
        if full != Loading.root and not is_ours(full):
            raise ImportError(path)
        return files(full)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
    for directory in reversed(directories):
        if directory not in sys.path:
            sys.path.insert(0, directory)


def forget():
    """Drops the checkout's modules, so that the next import runs them again."""
    for name in Loading.names:
        sys.modules.pop(name, None)
    Loading.names = set()


def forget_all():
    """As `forget`, also for test modules, which pytest imports by a loader of its own."""
    forget()
    for name, module in list(sys.modules.items()):
        if is_ours(os.path.realpath(getattr(module, "__file__", None) or "/")):
            del sys.modules[name]


def load(path):
    """Imports a file under the name that pytest and unittest would give it."""
    base, name = os.path.split(os.path.splitext(path)[0])
    parts = [] if name == "__init__" else [name]
    while os.path.exists(os.path.join(base, "__init__.py")) and base != Loading.root:
        base, name = os.path.split(base)
        parts.insert(0, name)
    if base not in sys.path:
        sys.path.insert(0, base)
    dotted = ".".join(parts)
    known = sys.modules.get(dotted)
    if known is not None and os.path.realpath(getattr(known, "__file__", None) or "") != os.path.realpath(path):
        spec = importlib.util.spec_from_file_location(dotted, path, loader=Loader(dotted, path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[dotted] = module
        spec.loader.exec_module(module)
        return module
    return importlib.import_module(dotted)


def libraries():
    """Names of what is loaded beside the checkout's own modules."""
    return [name for name in sys.modules if name not in Loading.names and "." not in name]


def preload(names):
    """Imports libraries before the fork, so that no later fork pays for them."""
    for name in names:
        if name in sys.modules or name.startswith("_"):
            continue
        spec = importlib.util.find_spec(name)
        if spec and spec.origin and not is_ours(os.path.realpath(spec.origin)):
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001 then the tests import it, or fail by it, themselves
                continue
