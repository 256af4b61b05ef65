"""
Last part of a session with a task author's Python: reads requests and answers each in order, as frames of four bytes of length
(big-endian) and JSON. The functions are called as lm-evaluation-harness calls them. A function that fails, exits or prints fails, exits or
prints alone: what this loop needs it holds under names that task files do not see.
"""
import functools
import io
import random
import signal
import struct
import time
import traceback

PART_BYTES = 1 << 20  # of outcomes that are sent together
PART_SECONDS = 0.5
LARGEST_FRAME = 64 << 20
LARGEST_OUTCOME = LARGEST_FRAME // 4 - 100  # characters, each of which takes four bytes at most
KEPT_OUTPUT = 4096  # bytes of what a request printed
PROCESSOR_TIME, REAL_TIME = signal.ITIMER_PROF, signal.ITIMER_REAL
ROW_SECONDS = 10  # of processor time, unless the harness says another number


class Failure(Exception):
    """A request has no answer. The kind is for programs, the text for people."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class TookTooLong(BaseException):
    """Raised in a function that is at work with one row for too long; no Exception, so that few functions catch it."""


class Printed(io.RawIOBase):
    """What task files print. The end of it is told with the answer."""

    def __init__(self):
        self.end = b""

    def writable(self):
        return True

    def write(self, data):
        self.end = (self.end + bytes(data))[-KEPT_OUTPUT:]
        return len(data)

    def stream(self):
        return io.TextIOWrapper(self, "utf-8", "backslashreplace", write_through=True)


class Session:
    """The functions and splits of one root."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.process = os.getpid()
        # Held here, so that a task file that replaces or closes what has these names harms itself only.
        self.encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
        self.encode_strictly = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode
        self.decode = json.JSONDecoder(object_hook=read_tagged).decode
        self.read, self.write, self.clock, self.exit = os.read, os.write, time.monotonic, os._exit
        self.settrace, self.setprofile, self.getpid = sys.settrace, sys.setprofile, os.getpid
        self.setitimer, self.at_signal = signal.setitimer, signal.signal
        self.files = self.standins = None
        self.printed = Printed()
        self.capture()
        self.functions, self.splits, self.drawing = {}, {}, {}
        self.operations = {
            "load": self.load, "rows": self.rows, "split": self.open_split, "add": self.add, "process": self.process_split,
            "drop": self.drop, "once": self.once, "probe": self.probe,
        }

    # ---- frames

    def take_bytes(self, count):
        parts = []
        while count:
            part = self.read(self.source, min(count, 1 << 20))
            if not part:
                self.exit(0)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def send(self, text):
        data = text.encode("utf-8")
        if len(data) > LARGEST_FRAME:
            raise Failure("shape", f"an answer of {len(data) >> 20} MiB is larger than the {LARGEST_FRAME >> 20} MiB that can be sent")
        data = memoryview(struct.pack(">I", len(data)) + data)
        while data:
            data = data[self.write(self.sink, data):]

    def serve(self):
        while True:
            text = self.take_bytes(struct.unpack(">I", self.take_bytes(4))[0])
            try:
                answer = self.answer(self.decode(text.decode("utf-8")))
            except Failure as failure:
                answer = {"error": str(failure), "kind": failure.kind}
            except BaseException as error:
                answer = {"error": self.described(error, None), "kind": "session"}
            self.settle()
            printed, self.printed.end = self.printed.end.decode("utf-8", "replace").strip(), b""
            self.send(self.encode({**answer, "printed": printed, "touched": self.touched()}))

    def settle(self):
        """Takes back what a function may have left behind that would reach this loop or the next function."""
        self.settrace(None)
        self.setprofile(None)
        if self.getpid() != self.process:
            # A child that a function forked and that came back from it.
            self.exit(0)
        self.setitimer(REAL_TIME, 0)
        self.setitimer(PROCESSOR_TIME, 0)
        if self.standins:
            self.standins.forget()
        if sys.stdout is not self.stream or self.stream.closed:
            self.capture()

    def capture(self):
        self.stream = sys.stdout = sys.stderr = self.printed.stream()

    def touched(self):
        """The stand-ins that were used since the last answer."""
        places = list(self.standins.touched) if self.standins else []
        if places:
            self.standins.touched.clear()
        return [{"module": module, "file": file, "line": line} for module, file, line in places]

    def answer(self, request):
        if self.files is None:
            return {"ok": self.open(request)}
        operation = self.operations.get(request.get("op"))
        if operation is None:
            raise Failure("session", f"there is no operation {request.get('op')!r}")
        return {"ok": operation(request)}

    # ---- loading

    def open(self, request):
        self.files = TaskFiles(request["root"], request.get("package"))
        self.standins = StandIns(self.files)
        install_shims(request.get("shims") or {}, self.standins)
        self.make_root_package()
        sys.meta_path[:0] = [self.files]
        sys.meta_path += [Beside(self.files), self.standins]
        sys.addaudithook(self.files.note)
        self.before = set(sys.modules)
        random.seed(request.get("random", 0))
        self.random_state = random.getstate()
        self.numpy_seed, self.numpy_state = request.get("numpy", 1234), None
        self.row_seconds = request.get("row_seconds", ROW_SECONDS)
        return {"python": ".".join(map(str, sys.version_info[:3]))}

    def make_root_package(self):
        """The packages of the root's name, of which the innermost has the files below the root as its modules."""
        name = self.files.package
        if name not in sys.modules:
            install_module(name, {}, self.standins)
        sys.modules[name].__path__ = [self.files.root]
        # What is not below the root is not there: nothing stands in for it.
        del sys.modules[name].__getattr__

    def function(self, reference):
        """The function that a reference names, and how it is called in messages."""
        key = reference["file"], reference["name"]
        if key not in self.functions:
            self.reset_random()
            try:
                module = self.files.load(key[0])
                function = functools.reduce(getattr, key[1].split("."), module)
            except NoSuchFunction as error:
                raise Failure("no-function", str(error)) from None
            except AttributeError as error:
                if key[0] not in self.files.loaded:
                    raise self.failure(error, key) from None
                raise Failure("no-function", f"{self.files.relative(key[0])}: there is no {key[1]} in it") from None
            except BaseException as error:
                raise self.failure(error, key) from None
            self.functions[key] = function
        return self.functions[key], key

    def load(self, request):
        self.function(request)
        packages = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None) or "" if name not in self.before else ""
            # The standard library's version is Python's.
            if "." not in name and not name.startswith("_") and ("site-packages" in path or "dist-packages" in path):
                packages[name] = str(getattr(module, "__version__", "unknown"))
        return {"files": self.files.files(), "packages": packages, "draws": self.draws(request["file"]), "touched": self.touched()}

    def draws(self, file):
        """Whether the file, or a task file of which it uses a name, names random, so that its functions may draw."""
        if file not in self.drawing:
            self.drawing[file] = False
            for path in self.files.used_by(self.files.loaded[os.path.abspath(file)]):
                with open(path, "rb") as text:
                    self.drawing[file] |= bool(re.search(rb"\brandom\b", text.read()))
        return self.drawing[file]

    def reset_random(self):
        """Sets the state of the random numbers as it is when a run of lm-evaluation-harness begins."""
        random.setstate(self.random_state)
        numpy = sys.modules.get("numpy")
        if numpy is not None and hasattr(numpy, "random"):
            if self.numpy_state is None:
                numpy.random.seed(self.numpy_seed)
                self.numpy_state = numpy.random.get_state()
            numpy.random.set_state(self.numpy_state)

    # ---- failures

    def failure(self, error, key):
        kind = "missing-module" if isinstance(error, ImportError) else "memory" if isinstance(error, MemoryError) else "call"
        return Failure(kind, self.described(error, key))

    def described(self, error, key):
        """One line: the innermost line of a task file, the function that was called, and what Python says."""
        place = None
        frames = error.__traceback__
        while frames and self.files:
            code = frames.tb_frame.f_code
            if code.co_filename.startswith(self.files.below):
                place = f"{self.files.relative(code.co_filename)}:{frames.tb_lineno}"
            frames = frames.tb_next
        if isinstance(error, SyntaxError) and self.files and (error.filename or "").startswith(self.files.below):
            place = f"{self.files.relative(error.filename)}:{error.lineno}"
        if place is None and key:
            place = self.files.relative(key[0])
        try:
            says = str(error) if isinstance(error, (MissingModule, TookTooLong)) else traceback.format_exception_only(type(error), error)[-1]
            says = " ".join(says.split())
        except BaseException:
            says = type(error).__name__
        says = says if len(says) <= 500 else says[:497] + "..."
        return ": ".join(part for part in (place, key and key[1], says) if part)

    def wrong(self, key, text):
        return Failure("shape", f"{self.files.relative(key[0])}: {key[1]} {text}")

    # ---- rows

    def too_long(self, *_):
        raise TookTooLong(f"took more than {self.row_seconds:g} s of processor time for one row")

    def rows(self, request):
        self.at_signal(signal.SIGPROF, self.too_long)
        call, options = request["call"], request.get("options") or {}
        functions = [self.function(reference) for reference in request["functions"]]
        draws = any(self.draws(key[0]) for _, key in functions)
        parts = Parts(self)
        if call == "filter" and not draws:
            (function, key), = functions
            try:
                results = self.filtered(function, key, request["rows"], options)
            except Failure:
                raise
            except BaseException:
                # The rows that fail are found one by one.
                results = None
            if results is not None:
                for result in results:
                    parts.add(self.outcome(lambda: result, key))
                return parts.end()
        calls = {
            "fields": call_plainly, "results": call_plainly, "metric": call_metric,
            "filter": lambda function, row, options: self.filtered(function, key, [row], options)[0],
        }[call]
        for row in request["rows"]:
            for function, key in functions:
                if draws:
                    self.reset_random()
                parts.add(self.outcome(lambda: calls(function, row, options), key))
        return parts.end()

    def filtered(self, function, key, rows, options):
        """
        One call for all rows, as lm-evaluation-harness makes it. A class of filters is made with its options; a function is one
        itself.
        """
        responses, documents = [row[0] for row in rows], [row[1] for row in rows]
        made = function.func if isinstance(function, functools.partial) else function
        if isinstance(made, type):
            results = list(function(**options).apply(responses, documents))
        else:
            results = list(function(responses, documents, **options))
        if len(results) != len(rows):
            raise self.wrong(key, f"returned {len(results)} lists of responses for {len(rows)} documents")
        return results

    def outcome(self, call, key):
        """The JSON text of what a call returns, or of why it failed."""
        try:
            # Each second after it again, for functions that catch whatever is raised.
            self.setitimer(PROCESSOR_TIME, self.row_seconds, 1)
            value = call()
            self.setitimer(PROCESSOR_TIME, 0)
            self.settrace(None)
            text = self.encode({"v": sendable(value)})
            if len(text) <= LARGEST_OUTCOME:
                return text
            returned = f"returned a value of {len(text):,} characters; at most {LARGEST_OUTCOME:,} can be sent"
            text = f"{self.files.relative(key[0])}: {key[1]} {returned}"
        except Failure:
            raise
        except Unsendable as error:
            text = f"{self.files.relative(key[0])}: {key[1]} returned {error}"
        except BaseException as error:
            text = self.described(error, key)
        self.settle()
        return self.encode({"e": sendable(text)})

    # ---- whole splits

    def open_split(self, request):
        self.splits[request["id"]] = request["columns"], []

    def add(self, request):
        self.splits[request["id"]][1].extend(request["rows"])

    def drop(self, request):
        self.splits.pop(request["id"], None)

    def process_split(self, request):
        columns, rows = self.splits[request["id"]]
        function, key = self.function(request["function"])
        self.reset_random()
        parts = Parts(self)
        dataset_of = sys.modules["datasets"].Dataset.of_split
        try:
            processed = function(dataset_of(rows, columns))
        except BaseException as error:
            raise self.failure(error, key) from None
        if processed is None or isinstance(processed, (str, bytes, dict)) or not hasattr(processed, "__iter__"):
            raise self.wrong(key, f"returned {type(processed).__name__}; expected a dataset or a list of documents")
        documents = processed.numbered() if hasattr(processed, "numbered") else ((None, document) for document in processed)
        is_plain = getattr(processed, "is_settled", False)
        try:
            for number, document in documents:
                if number is not None:
                    parts.add(f"[{number}]")
                elif isinstance(document, dict):
                    if not (is_plain or all(isinstance(column, str) for column in document)):
                        raise self.wrong(key, "returned a document with a column whose name is no text")
                    text = text_of_plain(document, self.encode_strictly) if is_plain else None
                    parts.add(f"[null,{text or self.encode(sendable(document))}]")
                else:
                    raise self.wrong(key, f"returned a {type(document).__name__} among the documents; expected dicts")
        except Unsendable as error:
            raise self.wrong(key, f"returned {error}") from None
        except Failure:
            raise
        except BaseException as error:
            raise self.failure(error, key) from None
        return parts.end()

    def once(self, request):
        function, key = self.function(request["function"])
        self.reset_random()
        try:
            return sendable(function(*request.get("args", ())) if callable(function) else function)
        except Unsendable as error:
            raise self.wrong(key, f"returned {error}") from None
        except BaseException as error:
            raise self.failure(error, key) from None

    def probe(self, request):
        """A function's value for a row that is made up, and that row."""
        function, key = self.function(request["function"])
        if not callable(function):
            return {"value": sendable(function), "columns": {}, "made_up": False}
        try:
            value, row = importlib.import_module(f"{SHIMS}.probe").probe(self, function, request)
            return {"value": sendable(value), "columns": sendable(row), "made_up": True}
        except Unsendable as error:
            raise self.wrong(key, f"returned {error}") from None
        except BaseException as error:
            raise self.failure(error, key) from None


class Parts:
    """Sends outcomes in parts, each after a while of work or where it is large."""

    def __init__(self, session):
        self.session, self.texts, self.size, self.sent = session, [], 0, session.clock()

    def add(self, text):
        # Four bytes for each character is the most that UTF-8 takes.
        if self.texts and (self.size + len(text) > PART_BYTES or self.session.clock() - self.sent > PART_SECONDS):
            self.end()
        self.texts.append(text)
        self.size += len(text)

    def end(self):
        if self.texts:
            self.session.settle()
            self.session.send('{"part":[' + ",".join(self.texts) + "]}")
        self.texts, self.size, self.sent = [], 0, self.session.clock()


def call_plainly(function, row, options):
    return function(*row)


def call_metric(function, row, options):
    """Metrics of the library evaluate take keywords, those of task files sometimes one list."""
    references, predictions = row
    try:
        return function(references=references, predictions=predictions, **options)
    except TypeError:
        return function([references[0], predictions[0]])


def serve_session(source, sink):
    """Answers requests that come on one descriptor by frames on another, until the first ends."""
    Session(source, sink).serve()
