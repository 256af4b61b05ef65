"""Functions that the table sklearn.json calls; the values it expects are the real library's."""
import sklearn.metrics
from sklearn.metrics import accuracy_score, f1_score, fbeta_score, precision_score, recall_score

SCORES = {
    "accuracy_score": accuracy_score, "f1_score": f1_score, "fbeta_score": fbeta_score, "precision_score": precision_score,
    "recall_score": recall_score,
}


def score(name, y_true, y_pred, options):
    value = SCORES[name](y_true, y_pred, **options)
    assert SCORES[name] is getattr(sklearn.metrics, name)
    return list(value) if hasattr(value, "__len__") else float(value)
