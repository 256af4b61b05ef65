"""Writes a checkpoint as ONNX Runtime GenAI folders: fp32, int8 and int4.

    python3 src/TinyModel/export.py --checkpoint artifacts/tiny-model --out src/TinyModel/models
"""
import argparse
import json
import os

import onnx
import torch

import graph
import tokenizer as bpe
from model import Config

# A turn is the mark of who speaks, a line, the text, the end; as corpus.chat writes it.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)


def tokenizer_files(tokenizer):
    """tokenizer.json and tokenizer_config.json in Hugging Face's format."""
    added = [{"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, s in enumerate(bpe.SPECIAL)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    begin = {"SpecialToken": {"id": bpe.SPECIAL[bpe.BEGIN], "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": {"type": "TemplateProcessing", "single": [begin, text], "pair": [begin, text, text],
                           "special_tokens": {bpe.SPECIAL[bpe.BEGIN]: {"id": bpe.SPECIAL[bpe.BEGIN], "ids": [bpe.BEGIN], "tokens": [bpe.SPECIAL[bpe.BEGIN]]}}},
        "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "vocab": tokenizer.ids, "merges": [" ".join(m) for m in tokenizer.merges]},
    }, {
        "tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_prefix_space": False, "clean_up_tokenization_spaces": False,
        "bos_token": bpe.SPECIAL[bpe.BEGIN], "eos_token": bpe.SPECIAL[bpe.END], "pad_token": bpe.SPECIAL[bpe.PAD], "unk_token": bpe.SPECIAL[bpe.END],
        "model_max_length": Config.context, "chat_template": CHAT_TEMPLATE,
        "added_tokens_decoder": {str(a["id"]): {k: v for k, v in a.items() if k != "id"} for a in added},
    }


def genai_config(config):
    return {
        "model": {
            "type": "llama", "bos_token_id": bpe.BEGIN, "eos_token_id": bpe.END, "pad_token_id": bpe.PAD,
            "context_length": config.context, "vocab_size": config.vocabulary,
            "decoder": {
                "session_options": {"log_id": "onnxruntime-genai", "provider_options": []},
                "filename": "model.onnx", "head_size": config.head, "hidden_size": config.width, "num_attention_heads": config.heads,
                "num_hidden_layers": config.layers, "num_key_value_heads": config.key_heads,
                "inputs": {"input_ids": "input_ids", "attention_mask": "attention_mask", "past_key_names": "past_key_values.%d.key", "past_value_names": "past_key_values.%d.value"},
                "outputs": {"logits": "logits", "present_key_names": "present.%d.key", "present_value_names": "present.%d.value"},
            },
        },
        "search": {"do_sample": False, "max_length": config.context, "min_length": 0, "num_beams": 1, "num_return_sequences": 1, "past_present_share_buffer": True,
                   "repetition_penalty": 1.0, "temperature": 1.0, "top_k": 1, "top_p": 1.0},
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    config = Config()
    state = {k: v.numpy() for k, v in torch.load(f"{options.checkpoint}/checkpoint.pt")["model"].items()}
    files = tokenizer_files(bpe.Tokenizer.load(f"{options.checkpoint}/merges.json"))
    for name, bits in (("fp32", None), ("int8", 8), ("int4", 4)):
        folder = f"{options.out}/tiny-{name}"
        os.makedirs(folder, exist_ok=True)
        onnx.save(graph.build(config, state, bits), f"{folder}/model.onnx")
        for file, content in zip(("tokenizer.json", "tokenizer_config.json", "genai_config.json"), (*files, genai_config(config))):
            with open(f"{folder}/{file}", "w", encoding="utf-8") as stream:
                json.dump(content, stream, ensure_ascii=False, indent=1)
        print(folder, sum(os.path.getsize(f"{folder}/{f}") for f in os.listdir(folder)), "bytes")


if __name__ == "__main__":
    main()
