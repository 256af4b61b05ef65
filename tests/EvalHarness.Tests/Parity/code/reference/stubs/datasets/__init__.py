"""Stands in for Hugging Face's datasets: rows from JSON lines, kept in memory, in the types that Arrow would give them."""

import copy
import enum
import json
import os

__version__ = "3.6.0"
_cache = {}


class DownloadMode(enum.Enum):
    REUSE_DATASET_IF_EXISTS = 1
    REUSE_CACHE_IF_EXISTS = 2
    FORCE_REDOWNLOAD = 3


def settled(values):
    """One column as Arrow holds it: tuples are lists, whole numbers beside fractions are fractions, and structs have all keys."""
    values = [v.item() if hasattr(v, "item") and not isinstance(v, (list, dict)) else v for v in values]
    there = [v for v in values if v is not None]
    if there and all(isinstance(v, dict) for v in there):
        keys = list(dict.fromkeys(k for v in there for k in v))
        columns = {k: iter(settled([v.get(k) for v in there])) for k in keys}
        return [None if v is None else {k: next(columns[k]) for k in keys} for v in values]
    if there and all(isinstance(v, (list, tuple)) for v in there):
        items = iter(settled([item for v in there for item in v]))
        return [None if v is None else [next(items) for _ in v] for v in values]
    kinds = {type(v) for v in there}
    if kinds == {int, float}:
        return [None if v is None else float(v) for v in values]
    if len(kinds) > 1 or not kinds <= {int, float, str, bool, bytes}:
        raise TypeError(f"Arrow holds no column of {kinds}")
    return values


def of_rows(rows):
    names = list(dict.fromkeys(k for r in rows for k in r))
    columns = {k: settled([r.get(k) for r in rows]) for k in names}
    return [{k: columns[k][i] for k in names} for i in range(len(rows))], names


class Dataset:
    def __init__(self, rows, names=None):
        self.rows, self.column_names = (rows, names) if names is not None else of_rows(rows)
        self.features = {k: None for k in self.column_names}

    @classmethod
    def from_list(cls, rows):
        return cls(rows)

    @classmethod
    def from_dict(cls, columns):
        return cls([dict(zip(columns, values)) for values in zip(*columns.values())])

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return (copy.deepcopy(r) for r in self.rows)

    def __getitem__(self, key):
        if isinstance(key, str):
            return [copy.deepcopy(r[key]) for r in self.rows]
        if isinstance(key, slice):
            rows = self.rows[key]
            return {k: [copy.deepcopy(r[k]) for r in rows] for k in self.column_names}
        return copy.deepcopy(self.rows[key])

    def _cached(self, operation, function, make):
        """The real library gives the result of an earlier call with the same rows and the same function back."""
        cells = tuple(repr(c.cell_contents) for c in (getattr(function, "__closure__", None) or ()))
        code = getattr(function, "__code__", None)
        key = (operation, json.dumps(self.rows), code.co_code if code else repr(function), repr(code.co_consts if code else ""), cells)
        if key not in _cache:
            _cache[key] = make()
        return _cache[key]

    def map(self, function, remove_columns=(), **options):
        if options:
            raise NotImplementedError(options)

        def make():
            made = []
            for row in self.rows:
                # What the function changes in its row stays, and what it returns is laid over it.
                row = copy.deepcopy(row)
                result = function(row)
                kept = {k: v for k, v in row.items() if k not in remove_columns}
                made.append(kept if result is row or result is None else {**kept, **result})
            return Dataset(made)

        return self._cached("map", function, make)

    def filter(self, function, **options):
        if options:
            raise NotImplementedError(options)
        return self._cached(
            "filter", function, lambda: Dataset([r for r in self.rows if function(copy.deepcopy(r))], self.column_names))

    def select(self, indices):
        return Dataset([self.rows[i] for i in indices], self.column_names)


class DatasetDict(dict):
    pass


def load_dataset(path, name=None, **options):
    folder = os.environ["CASE_DATA"]
    made = DatasetDict()
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as lines:
            made[file.split(".")[0]] = Dataset([json.loads(line) for line in lines])
    return made
