"""
What a plain interpreter does without a sandbox or a library: reads rows of JSON, calls one function of utils.py, writes its rows as JSON.
Arguments: the function, the file of rows, the file to write.
"""
import json
import sys

import utils


class Rows(list):
    """The least that process_docs needs of a split."""

    def filter(self, keeps):
        return Rows(row for row in self if keeps(row))

    def map(self, changes):
        return Rows({**row, **changes(row)} for row in self)


name, source, target = sys.argv[1:]
function = getattr(utils, name)
with open(source, encoding="utf-8") as file:
    rows = Rows(json.loads(line) for line in file)
made = (function(*row) for row in rows) if name == "process_results" else function(rows)
with open(target, "w", encoding="utf-8") as file:
    for row in made:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
