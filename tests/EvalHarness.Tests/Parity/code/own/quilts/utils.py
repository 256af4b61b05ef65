def examples():
    return [{"rows": n, "columns": n + 1, "answer": str(n * (n + 1))} for n in range(2, 6)]


def question(doc):
    return f"A quilt has {doc['rows']} rows of {doc['columns']} squares. Squares:"


def shot(doc):
    return question(doc) + f" {doc['rows']} times {doc['columns']} is {doc['answer']}"
