"""
Fifth part of the box: the two processes of a Python program. The candidate runs the program and then what the tests ask for; the tester
runs the tests, and it alone has the descriptor that the verdict goes to.
"""
import random
import select
import signal
import time

READ_OTHER, WRITE_OTHER, VERDICT, STATUS = 3, 4, 5, 6
TOP_LEVEL_IMPORT = re.compile(r"^(import|from)\b", re.MULTILINE)


class Candidate(Peer):
    follows = True

    def __init__(self):
        super().__init__(READ_OTHER, WRITE_OTHER)
        self.program, self.names = {}, set()

    def ended(self):
        self.flush()
        os._exit(0)

    def broken(self, what):
        os._exit(1)

    def defined(self):
        """The names that the program defined, with functions as they travel and None for all else, which is got where the tests name it."""
        program = {name: value for name, value in self.program.items() if isinstance(name, str)}
        return {name: self.encode_object(value, None) if type(value) is types.FunctionType else None for name, value in program.items()}

    def perform(self, operation, *operands):
        if operation == "get":
            return self.program[operands[0]]
        if operation == "import":
            return self.import_names(operands[0])
        return super().perform(operation, *operands)

    def import_names(self, imports):
        """In one process, a function of the program that forgot an import would find what its tests import."""
        for name, module, attribute in imports:
            if name in self.names:
                try:
                    found = __import__(module, fromlist=[attribute] if attribute else ["*"])
                    self.program[name] = getattr(found, attribute) if attribute else found
                except (ImportError, AttributeError):
                    pass


class Tester(Peer):
    """The tests' end. It does not trust what it reads."""

    def __init__(self, candidate):
        super().__init__(READ_OTHER, WRITE_OTHER)
        self.decided, self.refused = set(), set()
        self.candidate, self.mentioned, self.failed = candidate, set(), None
        # The first process of a namespace gets only signals that it handles.
        signal.signal(signal.SIGXCPU, lambda *_: self.report("time"))

    def read(self):
        # Processes that a program started and left behind can hold its end of the pipe open, so that the pipe does not end with it.
        while not select.select([self.reading], [], [], 0.1)[0]:
            if os.waitid(os.P_PID, self.candidate, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                # What it wrote before it ended can still be read.
                return super().read() if select.select([self.reading], [], [], 0)[0] else b""
        return super().read()

    def ended(self):
        self.report("ended")

    def report(self, verdict, detail=""):
        """Writes the verdict and ends this process, and with it the program's."""
        detail = str(detail)
        if self.decided and verdict == "passed":
            detail = f"compared by the program's own {', '.join(sorted(self.decided))}"
        if self.refused and verdict != "passed":
            detail += f" (a {', '.join(sorted(self.refused))} of the program equals nothing but itself)"
        try:
            sys.stdout.flush()
        finally:
            os.write(VERDICT, f"{verdict} {' '.join(detail.split())[:500]}\n".encode("utf-8", "replace"))
            # A program that closed its pipe is about to end. The others are waited for so that their processor time is counted.
            os.write(STATUS, str(wait_for(self.candidate, 0.1 if verdict == "ended" else 0) or 0).encode())
            os._exit(0)

    def defined(self):
        """The names that the program defined, with functions as they travel and None for all else. Raises what the program raised."""
        kind, _, parts = self.receive()
        try:
            value = self.decode(parts[0], Table()) if kind == "!" else parts[0]
            if kind == "=" and isinstance(value, dict):
                return value
        except MALFORMED:
            value = None
        if isinstance(value, BaseException):
            raise value
        return self.broken("not the names that it defined")

    def broken(self, what):
        self.report("exception", f"the program sent its tests {what}")

    def perform(self, operation, *operands):
        """Of what the tests gave away, the program can call what can be called, and use the objects of the tests' own classes."""
        if id(operands[0]) not in self.numbers:
            raise TypeError("the tests gave nothing like that away")
        if operation == "getattr" or operation == "setattr" or operation == "delattr":
            made = type(operands[0])
            # Classes that the tests define are on the heap, and they have the name of the module that the tests run as.
            is_own = made.__module__ == "builtins" and made.__flags__ & 1 << 9
            if operands[1].startswith("__") or not (is_own or made.__module__ in ("_io", "random")):
                raise AttributeError(f"the tests do not show this attribute of a {made.__name__}")
        elif operation != "call" and operation not in OPERATIONS:
            raise AttributeError(f"the tests do not do {operation}")
        try:
            return super().perform(operation, *operands)
        except AssertionError as e:
            # A program that is given a function with an assertion could catch what it raises.
            self.failed = self.failed or e
            raise

    def get(self, name, form):
        if form is None:
            return self.request("get", name)
        try:
            return self.decode(form, Table())
        except MALFORMED as e:
            return self.broken(f"{type(e).__name__}: {e}")

    def may_import(self, name):
        return name in self.mentioned

    def lets_decide(self, remote, operands):
        """
        Only between the program's own objects. Otherwise a program could return an object that says it equals whatever the tests expect.
        """
        own = all(isinstance(type(o), RemoteType) for o in operands)
        (self.decided if own else self.refused).add(type(remote).__name__)
        return own


def names_in(code):
    """All names that code uses, and its texts, which may be names for globals() or getattr()."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names_in(constant)
        elif isinstance(constant, str):
            found.add(constant)
    return found


def described(error):
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return f"{type(error).__name__}: without a text"


def imports_of(tests):
    """The names that the tests import for all that follows, with the module and the name there, or None for the module itself."""
    if not TOP_LEVEL_IMPORT.search(tests):
        return
    import ast
    for node in ast.parse(tests).body:
        if isinstance(node, ast.Import):
            yield from ((a.asname or a.name.split(".")[0], a.name if a.asname else a.name.split(".")[0], None) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((a.asname or a.name, node.module, a.name) for a in node.names if a.name != "*")


def run_program(source):
    """The candidate's process. As in code_eval of Hugging Face's evaluate, the program does not run as __main__."""
    peer, own = Candidate(), os.getpid()
    begin("program.py")
    try:
        code = compile(source, "program.py", "exec", dont_inherit=True)
        exec(code, peer.program)
        answer = "=", 0, peer.defined()
    except BaseException as e:
        answer = "!", 0, peer.encode(e, Table())
    peer.flush()
    if os.getpid() != own:
        # A copy that the program made of itself is not the program.
        os._exit(0)
    peer.names = names_in(code) if answer[0] == "=" else set()
    peer.send(*answer)
    while True:
        kind, number, parts = peer.receive()
        peer.answer(number, *parts)


def run_tests(started):
    """The tester's process."""
    tests, candidate = started
    peer = Tester(candidate)
    begin("tests.py")
    try:
        code, imports = compile(tests, "tests.py", "exec", dont_inherit=True), list(imports_of(tests))
        peer.mentioned = names_in(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        peer.report("unusable", f"the tests do not compile: {described(e)}")
    try:
        # A program that does not compile, or raises before it ends, raises here.
        forms = peer.defined()
        defined = forms.keys() & peer.mentioned
        # A program may name a function like a built-in one. It is meant only if the tests name nothing else of the program: otherwise a
        # program could put its own abs() in the place of the one that the tests compare with.
        defined = defined - vars(builtins).keys() or defined
        if imports:
            peer.request("import", imports)
        tests = {name: peer.get(name, forms[name]) for name in defined if not name.startswith("__")}
        exec(code, tests)
    except AssertionError as e:
        peer.report("assertion", e)
    except MemoryError:
        peer.report("memory")
    except BaseException as e:
        peer.report("exception", described(e))
    if peer.failed:
        peer.report("assertion", peer.failed)
    peer.report("passed")


def begin(name):
    random.seed(0)
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [name]
