"""
Stands in for what task files use of sklearn.metrics. Written from scikit-learn's documented behaviour; f1 is 2 tp / (2 tp + fp + fn), as
from version 1.3 on.
"""
import sys


def plain(labels):
    return labels.tolist() if hasattr(labels, "tolist") else list(labels)


def total(values):
    """The sum in the order in which numpy adds, on which the last digits depend: eight sums at a time, halves from 128 on."""
    if len(values) > 128:
        half = len(values) // 2
        half -= half % 8
        return total(values[:half]) + total(values[half:])
    if len(values) < 8:
        result = 0.0
        for value in values:
            result += value
        return result
    whole = len(values) - len(values) % 8
    sums = list(values[:8])
    for i in range(8, whole, 8):
        sums = [sums[j] + values[i + j] for j in range(8)]
    result = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    for value in values[whole:]:
        result += value
    return result


def counts(y_true, y_pred, labels, pos_label, average):
    """For each label the numbers of right predictions, of predictions and of items that have it."""
    y_true, y_pred = plain(y_true), plain(y_pred)
    if len(y_true) != len(y_pred):
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{len(y_true)}, {len(y_pred)}]")
    present = sorted(set(y_true) | set(y_pred))
    if average == "binary":
        if len(present) > 2:
            raise ValueError("Target is multiclass but average='binary'. Please choose another average setting, one of [None, 'micro', "
                             "'macro', 'weighted'].")
        if pos_label not in present and len(present) >= 2:
            raise ValueError(f"pos_label={pos_label} is not a valid label. It should be one of {present}")
        labels = [pos_label]
    elif labels is None:
        labels = present
    right, predicted, true = {}, {}, {}
    for truth, prediction in zip(y_true, y_pred):
        true[truth] = true.get(truth, 0) + 1
        predicted[prediction] = predicted.get(prediction, 0) + 1
        if truth == prediction:
            right[truth] = right.get(truth, 0) + 1
    result = [(right.get(label, 0), predicted.get(label, 0), true.get(label, 0)) for label in plain(labels)]
    return [tuple(map(sum, zip(*result)))] if average == "micro" else result


def averaged(scores, rows, average, zero_division):
    if average is None:
        numpy = sys.modules.get("numpy")
        return numpy.array(scores) if numpy else scores
    if average == "weighted":
        weights = [true for _, _, true in rows]
        whole = sum(weights)
        return total([score * weight for score, weight in zip(scores, weights)]) / whole if whole else float(zero_division)
    if average in ("binary", "micro", "macro"):
        return total(scores) / len(scores)
    raise ValueError(f"average has to be one of (None, 'micro', 'macro', 'weighted', 'binary'), but is {average!r}")


def scored(fraction):
    """A function of labels whose score for each label is a fraction of its counts."""
    def score(y_true, y_pred, *, labels=None, pos_label=1, average="binary", sample_weight=None, zero_division="warn"):
        if sample_weight is not None:
            raise NotImplementedError("sample_weight is not among what stands in for sklearn.metrics")
        otherwise = 0.0 if zero_division == "warn" else float(zero_division)
        rows = counts(y_true, y_pred, labels, pos_label, average)
        scores = []
        for row in rows:
            above, below = fraction(*row)
            scores.append(above / below if below else otherwise)
        return averaged(scores, rows, average, otherwise)
    return score


precision_score = scored(lambda right, predicted, true: (right, predicted))
recall_score = scored(lambda right, predicted, true: (right, true))
f1_score = scored(lambda right, predicted, true: (2 * right, predicted + true))


def fbeta_score(y_true, y_pred, *, beta, **options):
    weight = beta * beta
    return scored(lambda right, predicted, true: ((1 + weight) * right, weight * true + predicted))(y_true, y_pred, **options)


def accuracy_score(y_true, y_pred, *, normalize=True, sample_weight=None):
    if sample_weight is not None:
        raise NotImplementedError("sample_weight is not among what stands in for sklearn.metrics")
    y_true, y_pred = plain(y_true), plain(y_pred)
    if len(y_true) != len(y_pred):
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{len(y_true)}, {len(y_pred)}]")
    right = sum(truth == prediction for truth, prediction in zip(y_true, y_pred))
    return right / len(y_true) if normalize else right


MODULES = {
    "sklearn.metrics": {
        "f1_score": f1_score, "precision_score": precision_score, "recall_score": recall_score, "accuracy_score": accuracy_score,
        "fbeta_score": fbeta_score,
    },
}
