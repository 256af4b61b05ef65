"""Draws training text and looks for every test row in it. Arguments: folder of the generators, folder of rows. Prints what it looked at."""
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import corpus

asked = {}
for name, column, mark in (("quick_mmlu/all/test", "question", "Question: {}\n"), ("quick_gsm8k/main/test", "question", "Question: {}\n"), ("quick_humaneval/quick_humaneval/test", "prompt", "{}")):
    with open(f"{sys.argv[2]}/{name}.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    asked[name] = {row[column] for row in rows}
    assert len(asked[name]) == len(rows), f"{name}: rows are alike"

r = random.Random("another seed than training has")
seen = {name: set() for name in asked}
found = []
for _ in range(40_000):
    text = "".join(piece for piece, _ in corpus.document(r))
    questions = {line[len("Question: "):] for line in text.split("\n") if line.startswith("Question: ")}
    questions |= {part.split("\n")[1] for part in text.split("<|user|>")[1:]}
    questions |= {part.split("<|end|>")[0].strip("\n") for part in text.split("<|user|>")[1:]}
    prompts = {f"def {part.split(chr(10))[0]}\n{part.split(chr(10))[1]}\n" for part in ("\n" + text).split("\ndef ")[1:]}
    for name, items in (("quick_mmlu/all/test", questions), ("quick_gsm8k/main/test", questions), ("quick_humaneval/quick_humaneval/test", prompts)):
        seen[name] |= items
        found += [f"{name}: {row}" for row in items & asked[name]]
assert not found, found[:5]
print(json.dumps({name: len(items) for name, items in seen.items()}))
