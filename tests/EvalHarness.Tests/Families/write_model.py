"""Writes a random model of a family as a folder for ONNX Runtime GenAI.

    python3 write_model.py FAMILY TOKENIZER-FOLDER OUT [TYPE]

TYPE is the model type in genai_config.json, if it is not the family's own.
"""
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
import graph
from family import FAMILIES
from model import Model


def token_ids(folder):
    """The size of the vocabulary, and the ids of the tokens that tokenizer_config.json names."""
    with open(f"{folder}/tokenizer.json", encoding="utf-8") as file:
        tokenizer = json.load(file)
    with open(f"{folder}/tokenizer_config.json", encoding="utf-8") as file:
        config = json.load(file)
    ids = {**tokenizer["model"]["vocab"], **{token["content"]: token["id"] for token in tokenizer["added_tokens"]}}
    named = {}
    for name in ("bos", "eos", "pad"):
        token = config.get(f"{name}_token")
        token = token["content"] if isinstance(token, dict) else token
        if token is not None:
            named[name] = ids[token]
    return 1 + max(ids.values()), named


def genai_config(family, vocabulary, ids, model_type):
    decoder = {
        "session_options": {"log_id": "onnxruntime-genai", "provider_options": []}, "filename": "model.onnx",
        "head_size": family.head, "hidden_size": family.width, "num_attention_heads": family.heads,
        "num_hidden_layers": family.layers, "num_key_value_heads": family.key_heads,
        "inputs": {"input_ids": "input_ids", "attention_mask": "attention_mask",
                   "past_key_names": "past_key_values.%d.key", "past_value_names": "past_key_values.%d.value"},
        "outputs": {"logits": "logits", "present_key_names": "present.%d.key", "present_value_names": "present.%d.value"},
    }
    if family.window_cache:
        # The runtime's own exporter names the layers only where some have no window.
        layers = [layer for layer in range(family.layers) if layer in family.windowed]
        layers = layers if len(layers) < family.layers else []
        decoder["sliding_window"] = {"window_size": family.window, "slide_key_value_cache": False, "slide_inputs": False, "layers": layers}
    # A model without a padding token is padded with its end of text, as the runtime's own exporter writes it.
    model = {"type": model_type, "context_length": family.context, "vocab_size": vocabulary, "eos_token_id": [ids["eos"]],
             "pad_token_id": ids.get("pad", ids["eos"]), "decoder": decoder}
    if "bos" in ids:
        model["bos_token_id"] = ids["bos"]
    return {"model": model, "search": {"max_length": family.context, "past_present_share_buffer": True}}


def main(name, tokenizer, out, model_type=None):
    family = FAMILIES[name]
    os.makedirs(out, exist_ok=True)
    vocabulary, ids = token_ids(tokenizer)
    graph.build(Model(family, vocabulary)).save(f"{out}/model.onnx")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(f"{tokenizer}/{file}", f"{out}/{file}")
    with open(f"{out}/genai_config.json", "w", encoding="utf-8") as file:
        json.dump(genai_config(family, vocabulary, ids, model_type or family.type), file, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
