"""Writes the rows of the three quick tasks as JSON lines, in the schemas of MMLU, GSM8K and HumanEval; shards.cs makes Parquet of them.

    python3 src/TinyModel/rows.py --out artifacts/tiny-model/rows
    dotnet run src/TinyModel/shards.cs -- artifacts/tiny-model/rows datasets/evalharness

Rows that are asked are of the test's side of the split, shots of the training's side; no two rows are alike.
"""
import argparse
import json
import os
import random

import functions
import problems
import quiz

SEED = 20261121
PER_SUBJECT, SHOTS, PROBLEMS, FUNCTIONS = 30, 5, 300, 100


def distinct(make, key, count):
    """So many rows with different keys."""
    rows = {}
    while len(rows) < count:
        row = make()
        rows.setdefault(key(row), row)
    return list(rows.values())


def quiz_rows(r, test, count):
    for subject in quiz.SUBJECTS:
        for text, choices, answer in distinct(lambda: quiz.question(r, subject, test), lambda q: q[0], count):
            yield {"question": text, "subject": subject, "choices": choices, "answer": answer}


def problem_rows(r, test, count):
    for question, answer in distinct(lambda: problems.problem(r, test), lambda p: p[0], count):
        yield {"question": question, "answer": answer}


def function_rows(r, count):
    for i, (prompt, body, entry, kind) in enumerate(distinct(lambda: functions.function(r, True), lambda f: f[0], count)):
        yield {"task_id": f"quick/{i}", "prompt": prompt, "canonical_solution": body, "test": functions.check(prompt, body, entry, kind), "entry_point": entry}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    r = random.Random(SEED)
    for name, rows in (
        ("quick_mmlu/all/test", quiz_rows(r, True, PER_SUBJECT)),
        ("quick_mmlu/all/dev", quiz_rows(r, False, SHOTS)),
        ("quick_gsm8k/main/test", problem_rows(r, True, PROBLEMS)),
        ("quick_gsm8k/main/train", problem_rows(r, False, PROBLEMS)),
        ("quick_humaneval/quick_humaneval/test", function_rows(r, FUNCTIONS)),
    ):
        path = f"{out}/{name}.jsonl"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            count = sum(file.write(json.dumps(row) + "\n") > 0 for row in rows)
        print(path, count, "rows")


if __name__ == "__main__":
    main()
