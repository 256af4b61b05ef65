def clear(dataset):
    return dataset.filter(lambda doc: doc["clear"]).map(lambda doc: {"text": doc["text"].upper()})


def process_docs(dataset):
    first = dataset[0]["text"]
    return dataset.map(lambda doc: {"text": doc["text"].replace(first, "Dawn broke.")})
