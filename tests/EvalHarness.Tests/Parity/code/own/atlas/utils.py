import json
from pathlib import Path

KNOWN = json.loads((Path(__file__).parent / "kinds.json").read_text(encoding="utf-8"))


def _only(kind):
    return lambda dataset: dataset.filter(lambda doc: doc["kind"] == kind)


for _kind in KNOWN["kinds"]:
    globals()[f"only_{_kind}"] = _only(_kind)


def regions(doc):
    return KNOWN["regions"]
