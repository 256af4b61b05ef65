"""Functions that the table squad.json calls."""
import transformers.data.metrics.squad_metrics as squad_metrics
from transformers.data.metrics.squad_metrics import compute_exact as exact
from transformers.data.metrics.squad_metrics import compute_f1 as f1


def normalize(text):
    return squad_metrics.normalize_answer(text)
