"""Trains the model; interrupted, the same command goes on where the last checkpoint was.

    OMP_WAIT_POLICY=passive python3 src/TinyModel/train.py --out artifacts/tiny-model

Every step's text follows from the seed and the step's number alone.
"""
import argparse
import math
import os
import random
import time

import torch
from torch.nn import functional as F

import corpus
import functions
import problems
import quiz
import tokenizer as bpe
from model import Config, Llama

CHECKPOINT_SECONDS = 180


def learn_tokenizer(path, seed, size):
    if not os.path.exists(path):
        r = random.Random(f"{seed} tokenizer")
        text = "\n\n".join("".join(t for t, _ in corpus.document(r)) for _ in range(6000))
        bpe.Tokenizer(bpe.learn(text, size)).save(path)
    return bpe.Tokenizer.load(path)


def row(r, tokenizer, length):
    """Token ids and loss weights of whole documents one after the other, the last one cut."""
    ids, weights = [], []
    while len(ids) <= length:
        ids.append(bpe.BEGIN)
        weights.append(0.0)
        for text, weight in corpus.document(r):
            new = tokenizer.encode(text)
            ids += new
            weights += [weight] * len(new)
        ids.append(bpe.END)
        weights.append(corpus.LEARN)
    return ids[:length + 1], weights[:length + 1]


def batch(seed, step, steps, tokenizer, tokens):
    r = random.Random(f"{seed} step {step}")
    length = corpus.length(step / steps)
    made = [row(r, tokenizer, length) for _ in range(tokens // length)]
    return torch.tensor([m[0] for m in made]), torch.tensor([m[1] for m in made])


@torch.no_grad()
def complete(model, tokenizer, prompt, limit, stop):
    ids = [bpe.BEGIN] + tokenizer.encode(prompt)
    start = len(ids)
    while len(ids) - start < limit:
        ids.append(model(torch.tensor([ids]))[0, -1].argmax().item())
        if ids[-1] == bpe.END or stop in tokenizer.decode(ids[start:]):
            break
    return tokenizer.decode([i for i in ids[start:] if i != bpe.END]).split(stop)[0]


@torch.no_grad()
def likeliest(model, tokenizer, prompt, choices):
    """Index of the choice with the largest log-likelihood."""
    context = [bpe.BEGIN] + tokenizer.encode(prompt)
    sums = []
    for choice in choices:
        ids = tokenizer.encode(f" {choice}")
        log = model(torch.tensor([context + ids]))[0, len(context) - 1:-1].log_softmax(-1)
        sums.append(log[range(len(ids)), ids].sum().item())
    return sums.index(max(sums))


def evaluate(model, tokenizer, questions=10, others=25):
    """Rough scores on items of the test's side: by subject, problems, functions."""
    r = random.Random("evaluation")
    by_subject = {}
    for subject in quiz.SUBJECTS:
        asked = [quiz.question(r, subject, test=True) for _ in range(questions)]
        by_subject[subject] = sum(likeliest(model, tokenizer, quiz.introduction(subject) + quiz.render(text), choices) == answer for text, choices, answer in asked) / questions
    solved = passed = 0
    for _ in range(others):
        question, answer = problems.problem(r, test=True)
        solved += complete(model, tokenizer, problems.render(question), 90, "\n\n").split("####")[-1].strip() == answer.split("####")[-1].strip()
        prompt, body, _, _ = functions.function(r, test=True)
        passed += complete(model, tokenizer, prompt, 60, "\n\n").strip() == body.strip()
    return by_subject, solved / others, passed / others


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--tokens", type=int, default=4096, help="of a step")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluate-every", type=int, default=200)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(options.seed)
    config = Config()
    tokenizer = learn_tokenizer(f"{options.out}/merges.json", options.seed, config.vocabulary)
    model = Llama(config)
    decay = [p for p in model.parameters() if p.dim() == 2]
    plain = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": .1}, {"params": plain, "weight_decay": 0}], lr=options.rate, betas=(.9, .95))
    checkpoint = f"{options.out}/checkpoint.pt"
    step = 0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer.tokens)} tokens, from step {step}", flush=True)
    saved = began = time.monotonic()
    first = step
    while step < options.steps:
        warm = min(1, (step + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * warm * (.05 + .95 * .5 * (1 + math.cos(math.pi * step / options.steps)))
        ids, weights = batch(options.seed, step, options.steps, tokenizer, options.tokens)
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, logits.size(-1)), ids[:, 1:].reshape(-1), reduction="none")
        weight = weights[:, 1:].reshape(-1)
        loss = (loss * weight).sum() / weight.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        step += 1
        if step % 20 == 0:
            rate = (step - first) * options.tokens / (time.monotonic() - began)
            print(f"step {step} loss {loss.item():.3f} {rate:.0f} tokens/s", flush=True)
        if step % options.evaluate_every == 0 or step == options.steps:
            model.eval()
            by_subject, solved, passed = evaluate(model, tokenizer)
            model.train()
            mean = sum(by_subject.values()) / len(by_subject)
            print(f"EVALUATION step {step} quiz {mean:.2f} problems {solved:.2f} functions {passed:.2f} {by_subject}", flush=True)
        if time.monotonic() - saved > CHECKPOINT_SECONDS or step == options.steps:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, checkpoint + ".new")
            os.replace(checkpoint + ".new", checkpoint)
            saved = time.monotonic()


if __name__ == "__main__":
    main()
