def number(text):
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def near(references, predictions, tolerance=0.0, **options):
    wanted, found = number(references[0]), number(predictions[0])
    return 0.0 if found is None else float(abs(wanted - found) <= tolerance)


def pair(references, predictions):
    return (number(references[0]), number(predictions[0]))


def largest_gap(items):
    return max((abs(wanted - found) for wanted, found in items if found is not None), default=0.0)
