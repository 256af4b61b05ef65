"""
Part of a session with a task author's Python (session.py): how task files and what they import are found and loaded. Files below the root
are modules of one package, such as lm_eval.tasks.mmlu.utils, so that relative imports and imports by that name work. A module that is not
there becomes a stand-in, which fails when it is used and not before, but only for imports that stand in a task file: a package that tries
for an optional one is told the truth.
"""
import importlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import types

OWN_PACKAGE = "task_files"  # the name of the root's package for files that belong to no package of the harness they were written for
SHIMS = "evalharness_shims"  # the package of the shims themselves
LOADED_BY = re.compile(r"<frozen |importlib[/\\]|^shims/")  # frames between an import statement, or a call of a shim, and a finder

NOT_THERE = (
    "is not there; install its package for /usr/bin/python3 and all users, or give --sandbox container:IMAGE with an image that has it")


class MissingModule(ImportError):
    """A task file uses a module that is not there."""


class NoSuchFunction(Exception):
    """There is no such file, or no such name in it."""


class TaskFileLoader(importlib.machinery.SourceFileLoader):
    """Compiles what stands in the file, never what an earlier run left in __pycache__: the manifest tells the hash of the file."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class TaskFiles:
    """Finds modules below the root. A file also finds what stands beside it by its bare name, after all other modules."""

    def __init__(self, root, package):
        self.root, self.package = os.path.abspath(root), package or OWN_PACKAGE
        self.below = self.root.rstrip("/") + "/"
        self.opened = {}  # the paths of all files below the root that were opened, in the order of the first time
        self.loaded = {}

    def relative(self, path):
        return path[len(self.below):] if path.startswith(self.below) else path

    def note(self, event, arguments):
        """The audit hook: which files below the root decide what the functions return."""
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            if path.startswith(self.below):
                self.opened.setdefault(path)

    def files(self):
        return [self.relative(path) for path in self.opened if os.path.isfile(path)]

    def importer(self):
        """The frame of a task file whose import statement asks for a module, or None."""
        frame = sys._getframe(1)
        own = frame.f_code.co_filename
        frame = frame.f_back
        while frame and (frame.f_code.co_filename == own or LOADED_BY.search(frame.f_code.co_filename)):
            frame = frame.f_back
        return frame if frame and frame.f_code.co_filename.startswith(self.below) else None

    def find_in(self, name, folders):
        for folder in folders:
            spec = importlib.machinery.FileFinder(folder, (TaskFileLoader, [".py"])).find_spec(name)
            if spec:
                return spec
        return None

    def find_spec(self, name, path=None, target=None):
        """For modules of the root's package, whose search path is below the root."""
        below = [folder for folder in path or () if (folder.rstrip("/") + "/").startswith(self.below)]
        return self.find_in(name, below) if below else None

    def load(self, path):
        """The module of a file. A file whose loading fails is loaded again at the next call, and fails again."""
        path = os.path.abspath(path)
        if path in self.loaded:
            return self.loaded[path]
        if not path.startswith(self.below) or not os.path.isfile(path):
            raise NoSuchFunction(f"there is no file {self.relative(path)}")
        name = f"{self.package}.{os.path.splitext(self.relative(path))[0].replace('/', '.')}"
        module = sys.modules.get(name)
        if module is None or getattr(module, "__file__", None) != path:
            spec = importlib.util.spec_from_file_location(name, path, loader=TaskFileLoader(name, path))
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            try:
                spec.loader.exec_module(module)
            except BaseException:
                sys.modules.pop(name, None)
                raise
        self.loaded[path] = module
        return module


    def used_by(self, module):
        """The paths of a task file and of all task files of which it uses a name."""
        paths, left = {}, [module]
        while left:
            module = left.pop()
            path = getattr(module, "__file__", None) or ""
            if path.startswith(self.below) and path not in paths:
                paths[path] = None
                for value in list(vars(module).values()):
                    left.append(value if isinstance(value, types.ModuleType) else sys.modules.get(getattr(value, "__module__", None)))
        return list(paths)


class Beside:
    """The last but one to be asked: a file that stands beside the importing one, by its bare name."""

    def __init__(self, files):
        self.files = files

    def find_spec(self, name, path=None, target=None):
        frame = None if path else self.files.importer()
        return self.files.find_in(name, [os.path.dirname(frame.f_code.co_filename)]) if frame else None


class StandIn:
    """What stands for a name of a module that is not there. Every use of it fails, and is counted even where the failure is caught."""

    def __init__(self, name, place, touched):
        self.__dict__.update(_name=name, _place=place, _touched=touched)
        self.__dict__["__name__"] = self.__dict__["__qualname__"] = name.rpartition(".")[2]
        self.__dict__["__module__"] = name.rpartition(".")[0]

    def _fail(self, *arguments, **named):
        file, line, module = self._place
        self._touched[(module, file, line)] = None
        what = NOT_THERE if module == self._name.partition(".")[0] else f"is not among what stands in for {module.partition('.')[0]}"
        raise MissingModule(f"{module}, which {file}:{line} imports, {what}", name=module)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}", self._place, self._touched)

    def __mro_entries__(self, bases):
        """A class that is made from a name that is not there fails when an object of it is made."""
        def fail(made, *arguments, **named):
            return self._fail()
        return (type(self.__name__, (), {"__new__": fail}),)

    def __or__(self, other):
        """In an annotation, such as X | None."""
        return self

    __ror__ = __or__
    __hash__ = object.__hash__


for operation in """call iter next getitem setitem delitem contains bool len enter exit eq ne lt le gt ge add radd sub rsub mul rmul truediv
        rtruediv floordiv mod pow neg matmul int float index str instancecheck subclasscheck await aiter""".split():
    setattr(StandIn, f"__{operation}__", StandIn._fail)


class StandInModule(types.ModuleType):
    """A module that is not there. Its names are stand-ins."""
    __path__ = []

    def __getattr__(self, name):
        if name == "__version__":
            return "0"
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}", *self.__spec__.loader_state)


class StandIns:
    """The last to be asked for a module."""

    def __init__(self, files):
        self.files = files
        self.touched = {}  # (module, file, line) of each stand-in that was used
        self.made = []

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in getattr(sys, "stdlib_module_names", sys.builtin_module_names):
            return None
        frame = self.files.importer()
        if frame is None:
            return None
        top = name.partition(".")[0]
        # Of a package that is there, the missing module's whole name is told.
        missing = top if isinstance(sys.modules.get(top), StandInModule) or top == name else name
        place = self.files.relative(frame.f_code.co_filename), frame.f_lineno, missing
        return importlib.machinery.ModuleSpec(name, self, is_package=True, loader_state=(place, self.touched))

    def create_module(self, spec):
        self.made.append(spec.name)
        return StandInModule(spec.name)

    def forget(self):
        """Lets the next file that imports a module that is not there have a stand-in of its own, which tells the place of that import."""
        for name in self.made:
            if isinstance(sys.modules.get(name), StandInModule):
                del sys.modules[name]
        self.made.clear()

    def exec_module(self, module):
        pass

    def name_of(self, module, name):
        """A name that a shim does not have: a stand-in where a task file asks for it."""
        frame = self.files.importer()
        if frame is None or name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place = self.files.relative(frame.f_code.co_filename), frame.f_lineno, f"{module}.{name}"
        return StandIn(f"{module}.{name}", place, self.touched)


class Shims:
    """Finds the shims themselves, as modules of a package of their own, so that one may import from another."""

    def __init__(self, shims, standins):
        self.texts = {f"{SHIMS}.{os.path.splitext(file)[0]}": text for file, text in shims.items()}
        self.standins = standins

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name in self.texts else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.stand_in = self.standins.name_of
        exec(compile(self.texts[module.__name__], f"shims/{module.__name__}", "exec"), module.__dict__)


def install_shims(shims, standins):
    """
    Makes the modules of shims, before anything is imported, so that no package of the machine wins over them. A shim is a Python file that
    assigns to MODULES the members of each module that it makes, by the modules' full names.
    """
    sys.modules[SHIMS] = types.ModuleType(SHIMS)
    sys.modules[SHIMS].__path__ = []
    finder = Shims(shims, standins)
    sys.meta_path.insert(0, finder)
    for shim in finder.texts:
        for name, members in importlib.import_module(shim).MODULES.items():
            install_module(name, members, standins)


def install_module(name, members, standins):
    """Makes a module with these members, and the packages above it that the machine does not have."""
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__, module.__spec__ = [], importlib.machinery.ModuleSpec(name, None, is_package=True)
    module.__version__ = "0"
    module.__getattr__ = lambda asked: standins.name_of(name, asked)
    module.__dict__.update(members)
    package, _, last = name.rpartition(".")
    if package:
        if package not in sys.modules and ("." in package or importlib.util.find_spec(package) is None):
            install_module(package, {}, standins)
        if package in sys.modules:
            setattr(sys.modules[package], last, module)
        else:
            sys.meta_path.insert(0, Real(package, last, module))


class Real:
    """Finds a package that the machine has and of which a module is replaced: once it is loaded, it gets that module."""

    def __init__(self, package, name, module):
        self.package, self.name, self.module = package, name, module

    def find_spec(self, name, path=None, target=None):
        if name != self.package:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_replace(module):
            execute(module)
            setattr(module, self.name, self.module)

        spec.loader.exec_module = execute_and_replace
        return spec
