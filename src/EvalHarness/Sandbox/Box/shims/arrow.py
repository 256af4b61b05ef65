"""
How values change when the library datasets keeps them in a column, which happens to what map returns: tuples become lists, numbers of numpy
become plain ones, whole and broken numbers in one column are all broken, maps have the keys of all maps in the column with None for what is
missing, and a column that was there before keeps its kind of numbers where it can. As version 4 of datasets with pyarrow does it.
"""
MODULES = {}

NUMBERS = "bool", "int", "float"
SCALARS = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}


def plain(value):
    """The value without classes of numpy, and with lists for tuples; maps and lists are made anew."""
    kind = type(value)
    if kind in SCALARS or value is None:
        return value
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return list(value) if SCALARS.keys() >= set(map(type, value)) else [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return plain(dict(value))
    if isinstance(value, (list, tuple)):
        return plain(list(value))
    for base in (str, bool, int, float):
        if isinstance(value, base):
            return base.__getitem__(value, slice(None)) if base is str else base(value)
    if isinstance(value, (set, frozenset)):
        raise TypeError(f"a column cannot hold a {kind.__name__}")
    return value


def shape_of(values):
    """
    What plain values have in common: None where all are None, the name of a kind, ("list", shape of the elements) or ("map", shapes by
    key).
    """
    kinds = {type(value) for value in values}
    kinds.discard(type(None))
    if not kinds:
        return None
    if kinds == {list}:
        return "list", shape_of([item for value in values if value is not None for item in value])
    if kinds == {dict}:
        maps = [value for value in values if value is not None]
        keys = {key for value in maps for key in value}
        if not all(type(key) is str for key in keys):
            raise TypeError("a column cannot hold maps whose keys are not texts")
        # The order in which pyarrow has the fields of maps that it meets first.
        return "map", {key: shape_of([value.get(key) for value in maps]) for key in sorted(keys)}
    if kinds == {int, float}:
        return "float"
    if len(kinds) > 1:
        raise TypeError(f"a column cannot hold {' and '.join(sorted(kind.__name__ for kind in kinds))} together")
    kind, = kinds
    return SCALARS.get(kind, kind.__name__)


def is_map(shape):
    return isinstance(shape, tuple) and shape[0] == "map"


def is_list(shape):
    return isinstance(shape, tuple) and shape[0] == "list"


def cast(value, shape, before):
    """A value of one shape in the shape that its column had before. Raises ValueError where that would change more than its kind."""
    if value is None or before == shape:
        return formed(value, shape)
    if shape is None:
        return None
    if is_list(shape) and is_list(before):
        return [cast(item, shape[1], before[1]) for item in value]
    if is_map(shape) and is_map(before) and set(shape[1]) <= set(before[1]):
        return {key: cast(value.get(key), shape[1].get(key), before[1][key]) for key in before[1]}
    return cast_scalar(value, shape, before)


def cast_scalar(value, shape, before):
    if before is None or shape == before:
        return formed(value, shape)
    if shape in NUMBERS and before in NUMBERS:
        if before == "int" and value != int(value):
            raise ValueError("a broken number in a column of whole ones")
        return {"bool": bool, "int": int, "float": float}[before](value)
    if shape == "str" and before in NUMBERS:
        return cast_text(value, before)
    raise ValueError(f"{shape} in a column of {before}")


def cast_text(text, before):
    """A text in a column of numbers becomes the number that it is, if all of the column's are."""
    if text != text.strip() or "_" in text or text.startswith("+"):
        raise ValueError("no number as Arrow reads it")
    if before == "bool":
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    return int(text) if before == "int" else float(text)


def formed(value, shape):
    """A plain value with what its column's shape adds to it."""
    if value is None or isinstance(shape, str) and shape != "float":
        return value
    if shape == "float":
        return float(value)
    if is_list(shape):
        return value if isinstance(shape[1], str) and shape[1] != "float" else [formed(item, shape[1]) for item in value]
    if is_map(shape):
        return {key: formed(value.get(key), inner) for key, inner in shape[1].items()}
    return value


def same(values, before):
    try:
        return values == before
    except ValueError:
        # Arrays of numpy do not say whether they are equal.
        return False


def settled(values, before=None):
    """The values of a column as they leave map; before are those that the column had, None where it is new."""
    kinds = set(map(type, values))
    if before is not None and kinds == set(map(type, before)) and same(values, before):
        return before
    if not kinds <= SCALARS.keys() | {type(None)}:
        values = [plain(value) for value in values]
    shape = shape_of(values)
    if before is not None:
        earlier = shape_of(before)
        try:
            return [cast(value, shape, earlier) for value in values]
        except (ValueError, KeyError, OverflowError):
            pass
    return values if isinstance(shape, str) and shape != "float" else [formed(value, shape) for value in values]
