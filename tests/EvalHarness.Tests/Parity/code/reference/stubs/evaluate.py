"""Lets task files be imported; no metric of Hugging Face's evaluate is computed here."""


def load(name, *arguments, **options):
    class Metric:
        def compute(self, **options):
            raise NotImplementedError(name)

    return Metric()
