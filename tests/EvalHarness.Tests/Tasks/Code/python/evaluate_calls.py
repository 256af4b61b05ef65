"""Functions that the table evaluate.json calls."""
import evaluate


def compute(name, predictions, references, options):
    value = evaluate.load(name).compute(predictions=predictions, references=references, **options)
    return {key: list(score) if hasattr(score, "__len__") else float(score) for key, score in value.items()}
