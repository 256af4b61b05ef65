"""
Stands in for the library datasets: what task files do with a split before it is evaluated. Written from the library's documented behaviour.
Results of map and filter are not kept: the state of the random numbers is the same before each call of process_docs, so that a function
that draws gives the same rows for the same split, which is what the library's cache is for here.
"""
import types

from evalharness_shims.arrow import settled, shape_of

PLAIN = {str, int, float, bool, type(None)}


def fresh(value):
    """A copy with the same values, nested lists and maps included."""
    if type(value) is dict:
        return {key: item if type(item) in PLAIN else fresh(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in PLAIN else fresh(item) for item in value]
    return value


def names(value):
    """A name or a list of names, as a list."""
    return [value] if isinstance(value, str) else list(value or [])


class Value:
    """The kind of a column."""

    def __init__(self, dtype, id=None):
        self.dtype = dtype

    def __repr__(self):
        return f"Value({self.dtype!r})"


class Dataset:
    """
    Rows of a split, in memory. Each access gives new rows, so that a function that changes one changes no other. The numbers are those of
    the rows in the split that came from the harness; None where the rows were made here.
    """

    def __init__(self, rows, columns, numbers=None):
        self._rows, self._columns, self._numbers = rows, columns, numbers
        self.is_settled = False  # whether the values are such as a column has, without tuples and the like

    @classmethod
    def of_split(cls, rows, columns):
        return cls(rows, list(columns), range(len(rows)))

    def numbered(self):
        """Each row's number in the split, or None and the row, for the harness."""
        for i, row in enumerate(self._rows):
            yield (None, row) if self._numbers is None else (self._numbers[i], row)

    def _at(self, indices):
        """The rows at some indices, which keep their numbers."""
        indices = [range(len(self))[int(i)] for i in indices]
        numbers = None if self._numbers is None else [self._numbers[i] for i in indices]
        return Dataset([self._rows[i] for i in indices], self._columns, numbers)

    def _values(self, column):
        return [row.get(column) for row in self._rows]

    def _batch(self, rows):
        return {column: [fresh(row.get(column)) for row in rows] for column in self._columns}

    # What a dataset tells about itself.

    @property
    def column_names(self):
        return list(self._columns)

    @property
    def num_rows(self):
        return len(self._rows)

    @property
    def num_columns(self):
        return len(self._columns)

    @property
    def shape(self):
        return len(self._rows), len(self._columns)

    @property
    def features(self):
        return {column: feature(shape_of(fresh(self._values(column)))) for column in self._columns}

    def __len__(self):
        return len(self._rows)

    def __iter__(self):
        return (fresh(row) for row in self._rows)

    def __getitem__(self, key):
        if isinstance(key, str):
            if key not in self._columns:
                raise KeyError(f"Column {key} not in the dataset. Current columns in the dataset: {self._columns}")
            return fresh(self._values(key))
        if isinstance(key, slice):
            return self._batch(self._rows[key])
        if hasattr(key, "__iter__"):
            return self._batch(self._at(key)._rows)
        return fresh(self._rows[range(len(self))[int(key)]])

    def __repr__(self):
        return f"Dataset({{\n    features: {self._columns},\n    num_rows: {len(self)}\n}})"

    # What makes other datasets of it.

    def filter(self, function=None, with_indices=False, with_rank=False, input_columns=None, batched=False, batch_size=1000, fn_kwargs=None,
               **without_effect):
        if function is None:
            return self
        columns, options, kept = names(input_columns), fn_kwargs or {}, []
        rank = [None] if with_rank else []
        if batched:
            for first, indices, rows in self._batches(batch_size):
                batch = self._batch(rows)
                given = [batch[column] for column in columns] if columns else [batch]
                mask = function(*given, *([indices] if with_indices else []), *rank, **options)
                kept += [first + i for i, keep in enumerate(mask) if keep]
        else:
            for i, row in enumerate(self._rows):
                row = fresh(row)
                given = [row[column] for column in columns] if columns else [row]
                if function(*given, *([i] if with_indices else []), *rank, **options):
                    kept.append(i)
        return self._at(kept)

    def map(self, function=None, with_indices=False, with_rank=False, input_columns=None, batched=False, batch_size=1000,
            drop_last_batch=False, remove_columns=None, features=None, fn_kwargs=None, **without_effect):
        if function is None or not self._rows:
            return self
        columns, removed, options = names(input_columns), names(remove_columns), fn_kwargs or {}
        for column in columns + removed:
            if column not in self._columns:
                raise ValueError(f"Column {column} is not in the dataset. Current columns in the dataset: {self._columns}")
        rank, changed = [None] if with_rank else [], []
        if batched:
            for first, indices, rows in self._batches(batch_size):
                if drop_last_batch and len(rows) < batch_size:
                    continue
                inputs = self._batch(rows)
                given = [inputs[column] for column in columns] if columns else [inputs]
                returned = function(*given, *([indices] if with_indices else []), *rank, **options)
                if returned is not None:
                    changed += rows_of(merged(inputs if not columns else self._batch(rows), returned, removed))
        else:
            for i, row in enumerate(self._rows):
                inputs = fresh(row)
                given = [inputs[column] for column in columns] if columns else [inputs]
                returned = function(*given, *([i] if with_indices else []), *rank, **options)
                if returned is not None:
                    changed.append(merged(inputs if not columns else fresh(row), returned, removed))
        return self._changed(changed) if changed else self

    def _batches(self, size):
        size = size if size and size > 0 else len(self._rows) or 1
        for first in range(0, len(self._rows), size):
            rows = self._rows[first:first + size]
            yield first, list(range(first, first + len(rows))), rows

    def _changed(self, rows):
        """A dataset of what map made: with the columns of the first row, those that were there before in their order."""
        columns = [column for column in self._columns if column in rows[0]] + [column for column in rows[0] if column not in self._columns]
        before = {column: self._values(column) for column in self._columns}
        return columnar({column: settled([row[column] for row in rows], before.get(column)) for column in columns})

    def select(self, indices, **without_effect):
        return self._at(indices)

    def take(self, n):
        return self._at(range(min(n, len(self))))

    def skip(self, n):
        return self._at(range(min(n, len(self)), len(self)))

    def sort(self, column_names, reverse=False, null_placement="at_end", **without_effect):
        columns = names(column_names)
        reverse = [reverse] * len(columns) if isinstance(reverse, bool) else reverse
        order = list(range(len(self)))
        for column, falling in reversed(list(zip(columns, reverse))):
            there = sorted((i for i in order if self._rows[i][column] is not None), key=lambda i: self._rows[i][column], reverse=falling)
            missing = [i for i in order if self._rows[i][column] is None]
            order = missing + there if null_placement in ("at_start", "first") else there + missing
        return self._at(order)

    def shuffle(self, seed=None, generator=None, **without_effect):
        import numpy
        if generator is None:
            if seed is None:
                _, words, position, *_ = numpy.random.get_state()
                seed = words[position] if position < 624 else words[0]
                numpy.random.random()
            generator = numpy.random.default_rng(seed)
        return self._at(generator.permutation(len(self)))

    def rename_columns(self, column_mapping, **without_effect):
        rows = [{column_mapping.get(key, key): item for key, item in row.items()} for row in self._rows]
        return Dataset(rows, [column_mapping.get(column, column) for column in self._columns])

    def rename_column(self, original_column_name, new_column_name, **without_effect):
        return self.rename_columns({original_column_name: new_column_name})

    def select_columns(self, column_names, **without_effect):
        columns = names(column_names)
        return Dataset([{column: row[column] for column in columns} for row in self._rows], columns)

    def remove_columns(self, column_names, **without_effect):
        removed = names(column_names)
        return self.select_columns([column for column in self._columns if column not in removed])

    def add_column(self, name, column, **without_effect):
        column = settled(list(column))
        return Dataset([{**row, name: item} for row, item in zip(self._rows, column)], [*self._columns, name])

    def flatten_indices(self, **without_effect):
        return self

    def unique(self, column):
        return list(dict.fromkeys(self._values(column)))

    # Other forms.

    def to_list(self):
        return list(self)

    def to_dict(self, **without_effect):
        return self._batch(self._rows)

    def to_pandas(self, **without_effect):
        import pandas
        return pandas.DataFrame(self.to_dict())

    @classmethod
    def from_list(cls, mapping, **without_effect):
        """The first row's keys are the columns."""
        return columnar({column: settled([row.get(column) for row in mapping]) for column in mapping[0]} if mapping else {})

    @classmethod
    def from_dict(cls, mapping, **without_effect):
        return columnar({column: settled(list(values)) for column, values in mapping.items()})

    @classmethod
    def from_pandas(cls, df, **without_effect):
        return cls.from_list(df.to_dict("records"))

    @classmethod
    def from_generator(cls, generator, gen_kwargs=None, **without_effect):
        return cls.from_list(list(generator(**(gen_kwargs or {}))))


def merged(inputs, returned, removed):
    """What map keeps of a row or batch: what the function left of its argument, but for removed columns, and what it returned."""
    if not hasattr(returned, "keys"):
        raise TypeError(f"Provided `function` which is applied to all elements of table returns a variable of type {type(returned)}.")
    same = returned is inputs
    kept = {column: item for column, item in inputs.items() if column not in removed}
    return {**kept, **{column: item for column, item in returned.items() if not (same and column in removed)}}


def rows_of(batch):
    lengths = {column: len(values) for column, values in batch.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of a batch have different lengths: {lengths}")
    return [dict(zip(batch, row)) for row in zip(*batch.values())]


def columnar(columns):
    dataset = Dataset(rows_of(columns), list(columns))
    dataset.is_settled = True
    return dataset


def feature(shape):
    """What datasets tells of a column of that shape."""
    if isinstance(shape, tuple):
        return {key: feature(inner) for key, inner in shape[1].items()} if shape[0] == "map" else [feature(shape[1])]
    return Value({"str": "string", "int": "int64", "float": "float64", None: "null"}.get(shape, shape))


class DatasetDict(dict):
    """Datasets by split."""

    def map(self, function=None, **options):
        return DatasetDict({split: dataset.map(function, **options) for split, dataset in self.items()})

    def filter(self, function=None, **options):
        return DatasetDict({split: dataset.filter(function, **options) for split, dataset in self.items()})


def concatenate_datasets(dsets, **without_effect):
    columns = list(dict.fromkeys(column for dataset in dsets for column in dataset.column_names))
    return columnar({column: settled([row.get(column) for dataset in dsets for row in dataset]) for column in columns})


MODULES = {"datasets": {
    "Dataset": Dataset, "DatasetDict": DatasetDict, "Value": Value, "Features": dict, "concatenate_datasets": concatenate_datasets,
    "Split": types.SimpleNamespace(TRAIN="train", TEST="test", VALIDATION="validation", ALL="all"), "__version__": "4.0.0",
}}
