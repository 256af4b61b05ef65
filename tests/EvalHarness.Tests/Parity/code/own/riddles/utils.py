import string
import unicodedata


def plain(text):
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if c not in string.punctuation and not unicodedata.combining(c)).strip().lower()


def process_results(doc, results):
    solutions = {plain(solution) for solution in doc["solutions"]}
    right = [plain(answer) in solutions for answer in results[0]]
    print("right:", right)
    return {"any": int(any(right)), "share": sum(right) / len(right)}
