"""Functions that the table datasets.json calls."""
import datasets


def make(rows):
    return datasets.Dataset.from_list(rows)


def kept(rows):
    return make(rows).to_list()


def from_dict(columns):
    dataset = datasets.Dataset.from_dict(columns)
    return [dataset.column_names, dataset.num_rows, dataset.to_list()]


def told(rows):
    dataset = make(rows)
    first = dataset[0]
    first["a"] = "changed"
    names = dataset.column_names, list(dataset.features)
    return [len(dataset), *names, dataset["a"], dataset[-1], dataset[0:2], dataset[[0, 0]], dataset.shape]


def filtered(rows, options):
    with_indices = options.get("with_indices")
    dataset = make(rows).filter(lambda *row: row[-1] % 2 == 0 if with_indices else row[0]["a"] > 1, **options)
    return dataset["a"]


def mapped(rows, changes, options):
    """Each row gets the changes that stand at its place."""
    changes = iter(changes)
    return make(rows).map(lambda row: next(changes), **options).to_list()


def mapped_in_place(rows):
    def change(row):
        row["seen"] = row.pop("a")
        row["inner"].append(0)
        return {"new": True}

    dataset = make(rows)
    return [dataset.map(change).to_list(), dataset.to_list()]


def mapped_batches(rows, size):
    def change(batch, indices):
        return {"a": [value for value in batch["a"] for _ in range(2)], "at": [index for index in indices for _ in range(2)]}

    return make(rows).map(change, batched=True, batch_size=size, with_indices=True, remove_columns=["b"]).to_list()


def mapped_tuples(rows):
    return make(rows).map(lambda row: {"pair": ((row["a"],), (1, 2.5)), "maps": [{"x": 1}, {"y": ("z",)}]}).to_list()


def mapped_to_nothing(rows):
    return make(rows).map(lambda row: None).to_list()


def ordered(rows, how):
    dataset = make(rows)
    return {
        "select": lambda: dataset.select([2, 0]), "take": lambda: dataset.take(2), "skip": lambda: dataset.skip(2),
        "sort": lambda: dataset.sort("a"), "reverse": lambda: dataset.sort("a", reverse=True),
        "rename": lambda: dataset.rename_column("a", "z"), "remove": lambda: dataset.remove_columns(["a"]),
        "select_columns": lambda: dataset.select_columns("b"), "add": lambda: dataset.add_column("c", [(1,), (2,), (3,)]),
        "concatenate": lambda: datasets.concatenate_datasets([dataset, dataset.select([0])]),
    }[how]().to_list()


def shuffled(count, seed):
    return make([{"a": i} for i in range(count)]).shuffle(seed=seed)["a"]


def mixed(rows, change):
    """What a column that cannot be is told with."""
    try:
        return make(rows).map(lambda row: {"b": change[row["a"]]}).to_list()
    except TypeError as error:
        return str(error)
