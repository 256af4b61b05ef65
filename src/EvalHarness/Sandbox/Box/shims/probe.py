"""
Calls functions of task files with made-up rows, to see whether they run at all. A made-up row has every column that is asked for. What a
column holds is found by trying: where the function fails, the column that it read last gets another kind of value.
"""
import collections
import itertools
import random
import signal
import sys
import types

from evalharness_shims.datasets import Dataset

MODULES = {}

MOST_TRIES = 1500
MOST_SECONDS = 4
ROWS = 12
LIST = "choices", "options", "candidates", "endings", "answers", "targets", "aliases", "list"
COUNT = "label", "idx", "index", "num", "gold", "score", "id"

# What a column may hold, the usual first. A map or a list of maps has what is asked for, as the row has.
KINDS = {
    "text": lambda search, path: f"Some {path[-1]} of the row.",
    "number": lambda search, path: 1,
    "texts": lambda search, path: ["one", "two", "three", "four", "five"],
    "map": lambda search, path: MadeUp(search, path),
    "maps": lambda search, path: [MadeUp(search, (*path, "[]")) for _ in range(3)],
    "letter": lambda search, path: "A",
    "digit": lambda search, path: "1",
    "list in a text": lambda search, path: "['one', 'two', 'three', 'four', 'five']",
    "numbers": lambda search, path: [1, 0, 2, 3],
    "lists": lambda search, path: [["one", "two"], ["three", "four"], ["five", "six"], ["seven", "eight"]],
    "broken number": lambda search, path: 0.5,
    "map in a text": lambda search, path: '{"one": "two", "A": "one", "B": "two"}',
    "lettered texts": lambda search, path: ["A. one", "B. two", "C. three", "D. four"],
    "lettered text": lambda search, path: "What is it?\nA. one\nB. two\nC. three\nD. four\nAnswer: A",
    "much": lambda search, path: "one _ two\nthree, four. (A) five: six; [seven] {8} \\boxed{9} #### 10\n\n\"eleven\" <b>x</b> $12$ - 13%",
    "nothing": lambda search, path: None,
    "truth": lambda search, path: True,
    "letters": lambda search, path: ["A", "B", "C", "D"],
    "lists of maps": lambda search, path: [[MadeUp(search, (*path, "[]")) for _ in range(2)] for _ in range(2)],
    "map of lists": lambda search, path: MadeUp(search, path, {"text": ["one", "two", "three", "four"], "label": ["A", "B", "C", "D"]}),
    "map of texts": lambda search, path: MadeUp(search, path, {"one": "two", "three": "four", "five": "six"}),
    "empty list": lambda search, path: [],
    "empty text": lambda search, path: "",
}


class MadeUp(dict):
    """A row, or a map in one, that makes what is asked for."""

    def __init__(self, search, path=(), given=()):
        super().__init__(given)
        self.search, self.path = search, path

    def __missing__(self, key):
        if not isinstance(key, str):
            raise KeyError(key)
        value = self.search.make((*self.path, key))
        dict.__setitem__(self, key, value)
        return value

    def __getitem__(self, key):
        self.search.reads.append((*self.path, key))
        return super().__getitem__(key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def pop(self, key, *default):
        value = self.get(key, *default) if default else self[key]
        super().pop(key, None)
        return value

    def copy(self):
        return self

    def __deepcopy__(self, memory):
        return self


class Search:
    """The kinds of value that the columns have in this try, by the columns' paths."""

    def __init__(self, names, given, literals):
        self.names, self.given, self.literals = list(names), given, literals
        self.kinds, self.reads = {}, []

    def candidates(self, path):
        name = str(path[-1]).lower()
        order = list(KINDS)
        if any(part in name for part in LIST):
            order.sort(key=lambda kind: kind != "texts")
        elif any(part in name for part in COUNT):
            order.sort(key=lambda kind: kind != "number")
        first = ["given"] if len(path) == 1 and path[0] in self.given else []
        return [*first, *order[:8], *self.literals, *order[8:]]

    def make(self, path):
        kind = self.candidates(path)[self.kinds.get(path, 0)]
        if kind == "given":
            return self.given[path[0]]
        if not isinstance(kind, tuple):
            return KINDS[kind](self, path)
        return MadeUp(self, path, kind[1]) if isinstance(kind[1], dict) else kind[1]

    def row(self):
        return MadeUp(self, (), {name: self.make((name,)) for name in [*self.given, *self.names]})

    def with_kind(self, path, kind):
        """The kinds with another one for a column; what stands inside of it has the usual ones again."""
        return {**{other: it for other, it in self.kinds.items() if other[:len(path)] != path}, path: kind}

    def run(self, attempt):
        """
        Tries until an attempt succeeds, which ends by an exception of its own. Where one fails, the columns that it read last get other
        kinds first, and a kind is kept where more columns are read with it. When none helps, several are changed by chance.
        """
        attempt()
        improved = True
        while improved:
            improved, reads = False, list(self.reads)
            for path in dict.fromkeys(reversed(reads)):
                before, kinds = self.kinds.get(path, 0), self.kinds
                for kind in range(len(self.candidates(path))):
                    if kind != before:
                        self.kinds = self.with_kind(path, kind)
                        attempt()
                        if len(set(self.reads)) > len(set(reads)):
                            improved = True
                            break
                        self.kinds = kinds
                if improved:
                    break
        chance, paths = random.Random(0), list(dict.fromkeys(reads))
        while paths:
            for path in chance.sample(paths, min(len(paths), chance.randint(1, 3))):
                self.kinds = self.with_kind(path, min(int(chance.expovariate(0.15)), len(self.candidates(path)) - 1))
            attempt()
            paths = list(dict.fromkeys([*paths, *self.reads]))


class Rows(Dataset):
    """Made-up rows of a split. A filter calls its function and keeps all rows."""

    def filter(self, function=None, *arguments, **options):
        super().filter(function, *arguments, **options)
        return self

    def map(self, function=None, *arguments, **options):
        if options.get("batched"):
            # The columns that the function reads become those of the batch.
            options["batched"] = False
            plain = function

            def for_one(row, *more):
                return {name: values[0] for name, values in plain(Lists(row), *more).items()}

            return super().map(for_one, *arguments, **options)
        return super().map(function, *arguments, **options)

    def _at(self, indices):
        indices = list(indices)
        return Rows([self._rows[i % len(self._rows)] for i in indices], self._columns)

    @property
    def column_names(self):
        return list(dict.fromkeys([*self._columns, *self._rows[0]]))

    def __getitem__(self, key):
        if isinstance(key, str):
            return [row[key] for row in self._rows]
        if isinstance(key, slice) or hasattr(key, "__iter__"):
            return {name: [row[name] for row in self._rows] for name in self.column_names}
        return self._rows[int(key) % len(self._rows)]


class Lists(collections.UserDict):
    """A batch of one made-up row."""

    def __init__(self, row):
        self.data = {name: [item] for name, item in row.items()}
        self.row = row

    def __missing__(self, key):
        return [self.row[key]]


def constants(function):
    """Texts and numbers that the function's module compares with or looks up, which a column may have to be."""
    module = sys.modules.get(getattr(getattr(function, "func", function), "__module__", None) or "")
    found, seen, left = {}, set(), [function]
    if module:
        left = [value for name, value in vars(module).items() if not name.startswith("__")
                and (isinstance(value, (dict, list, tuple)) or getattr(value, "__module__", None) == module.__name__)] + left
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if hasattr(value, "func"):
            left += [value.func, value.args, value.keywords]
        elif hasattr(value, "__code__"):
            left += [value.__code__, value.__defaults__, value.__kwdefaults__]
            left += [cell.cell_contents for cell in value.__closure__ or () if cell is not None]
        elif isinstance(value, types.CodeType):
            left += value.co_consts
        elif isinstance(value, type):
            left += vars(value).values()
        elif isinstance(value, dict) and len(value) < 200:
            left += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)) and len(value) < 200:
            left += value
        elif isinstance(value, str) and 0 < len(value) <= 40 or type(value) is int:
            found.setdefault(value)
    # A map may have to have the keys of one that the module looks up.
    maps = [value for value in vars(module).values() if type(value) is dict and 0 < len(value) < 200] if module else []
    return [*itertools.islice(found, 80), *({key: "one" for key in map if isinstance(key, str)} for map in maps[:10])]


def results_of(output):
    """The results that functions get for an output type, in the forms to be tried."""
    return {
        "multiple_choice": [[(-2.5 - i, i == 0) for i in range(n)] for n in (4, 2, 5, 3, 10, 1)],
        "loglikelihood": [[(-2.5, True)]], "loglikelihood_rolling": [[-12.5]],
    }.get(output, [["The answer is (A) one."], ["A"], ["1"], [["The answer is (A) one.", "two"]], ["[1, 2]"], ['{"one": "two"}'], [""]])


ITEMS = (
    [1.0, 0.0, 1.0], [(0, 1), (1, 1), (1, 0)], [("one", "two"), ("one", "one")], [["one", "two"], ["one", "one"]], [[1, 0], [1, 1]],
    [(-2.5, 10), (-3.5, 12)], [(0, [-2.5, -3.5]), (1, [-2.5, -3.5])], ["one", "two"],
)


def trials(call, request, search):
    """The arguments of each try with the rows of a search."""
    options, literals = request.get("options") or {}, [kind[1] for kind in search.literals]
    if call == "process":
        rows = [search.row() for _ in range(ROWS)]
        yield (Rows(rows, list(rows[0])),), {}
    elif call == "fields":
        yield (search.row(),), {}
    elif call == "results":
        for results in request.get("results") or results_of(request.get("output")):
            yield (search.row(), results), {}
    elif call == "metric":
        for text in ("The answer is (A) one.", "1", ["one", "two"], *literals):
            yield (), {"references": [text], "predictions": [text[0] if isinstance(text, list) else text], **options}
        yield (["The answer is (A) one.", "The answer is (A) two."],), {}
        yield ([(1, 1), (0, 1)],), {}
    elif call == "aggregation":
        for items in [*(request.get("items") or ()), *ITEMS]:
            yield (items,), {}
        # An aggregation may look only at items that have a certain name in them.
        for items in request.get("items") or ():
            if isinstance(items[0], tuple):
                for i, literal in itertools.product(range(len(items[0])), [*range(10), *literals]):
                    yield ([(*item[:i], literal, *item[i + 1:]) for item in items],), {}
        row = search.row()
        yield ([row, row],), {}
        yield ([(row, row), (row, row)],), {}
    elif call == "filter":
        for response in ("The answer is (A) one.", "A", "1"):
            yield ([[response]], [search.row()]), {}
    else:
        yield (), {}


def call_of(call, request):
    """How a function is called with the arguments of a try, and what stands for its value."""
    def plainly(function, arguments, named):
        return function(*arguments, **named)

    def filtered(function, arguments, named):
        made = getattr(function, "func", function)
        options = request.get("options") or {}
        return list(function(**options).apply(*arguments) if isinstance(made, type) else function(*arguments, **options))

    def processed(function, arguments, named):
        documents = function(*arguments)
        if documents is None or not hasattr(documents, "__iter__"):
            raise TypeError(f"returned {type(documents).__name__}")
        return next(iter(documents), None)

    return {"filter": filtered, "process": processed}.get(call, plainly)


def too_long(number, frame):
    raise TimeoutError(f"a made-up row takes it more than {MOST_SECONDS} s")


class Found(Exception):
    """The search has ended: a function returned, or touched a stand-in, or the time is up."""


class Probe:
    """One function, called with rows of a search until it returns."""

    def __init__(self, session, function, request):
        self.session, self.function, self.request = session, function, request
        self.call = request.get("call", "fields")
        self.made, self.first, self.outcome = call_of(self.call, request), None, None
        self.tries, self.deadline = 0, session.clock() + MOST_SECONDS

    def attempt(self, search):
        search.reads = []
        for arguments, named in trials(self.call, self.request, search):
            if self.tries >= MOST_TRIES or self.session.clock() > self.deadline:
                raise Found
            self.tries += 1
            self.session.reset_random()
            touched = len(self.session.standins.touched)
            signal.signal(signal.SIGALRM, too_long)
            signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
            try:
                value = self.made(self.function, arguments, named)
                self.outcome = value, next((a for a in arguments if isinstance(a, MadeUp)), None)
            except BaseException as error:
                if len(self.session.standins.touched) > touched:
                    self.first = error
                    raise Found from None
                self.first = self.first or error
                continue
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            raise Found

    def run(self):
        """What the function returns for the first row with which it does not fail, and that row. Else raises its first failure."""
        literals = [("literal", value) for value in [*(self.request.get("literals") or ()), *constants(self.function)]]
        columns, given = self.request.get("columns") or (), self.request.get("row") or {}
        # Functions that look at which columns there are need them from the beginning.
        named = [value for _, value in literals if type(value) is str and value.isidentifier() and value not in given]
        try:
            for names in (columns, dict.fromkeys([*columns, *named])):
                search = Search(names, given, literals)
                search.run(lambda: self.attempt(search))
                self.tries = 0
        except Found:
            pass
        if self.outcome is None:
            raise self.first
        return self.outcome


def probe(session, function, request):
    return Probe(session, function, request).run()
