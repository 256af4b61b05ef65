import re
from functools import partial

LETTERS = "ABCD"


def known(doc, ports):
    return doc["port"] in ports and bool(doc["answer"])


def question(doc):
    # What stands in square brackets is a note of the editor.
    text = re.sub(r"\[.*?\]", "", doc["text"]).strip()
    doc["text"] = text
    note = f" ({doc['note']})" if doc["note"] is not None else ""
    return {
        "query": f"From {doc['port']}: {text}{note}\nAnswer:",
        "choices": tuple(option.strip() for option in doc["options"] if option),
        "gold": LETTERS.index(doc["answer"]),
    }


def process_docs(dataset):
    return dataset.filter(partial(known, ports=("Norheim", "Østvik"))).map(question)
