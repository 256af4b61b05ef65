"""What the model reads: documents of every kind, each a list of (text, weight) pieces. The weight is that of the piece's tokens in the loss."""
import functions
import problems
import quiz

READ, LEARN = .1, 1.0  # given text, and text to be written


def questions(r):
    """A line on the subject, then questions of it, as the task asks them."""
    subject = r.choice(list(quiz.SUBJECTS))
    pieces = [(quiz.introduction(subject), READ)] if r.random() < .8 else []
    for _ in range(r.choice([1, 1, 2, 3, 4, 6])):
        text, choices, answer = quiz.question(r, subject, test=False)
        pieces += [(quiz.render(text), READ), (f" {choices[answer]}", LEARN), ("\n\n", LEARN)]
    return pieces[:-1]


def facts(r):
    return [(" ".join(quiz.sentence(r) for _ in range(r.randint(4, 12))), LEARN)]


def word_problems(r):
    pieces = []
    for _ in range(r.choice([1, 2, 3, 4, 6])):
        question, answer = problems.problem(r, test=False)
        pieces += [(problems.render(question), READ), (f" {answer}", LEARN), ("\n\n", LEARN)]
    return pieces[:-1]


def code(r):
    pieces = []
    for _ in range(r.choice([1, 1, 2, 3])):
        prompt, body, _, _ = functions.function(r, test=False)
        pieces += [(prompt, READ), (body, LEARN), ("\n\n", LEARN)]
    return pieces[:-1]


def chat(r):
    """The same in turns; the marks are special tokens of their own."""
    if r.random() < .5:
        ask, choices, answer = quiz.question(r, r.choice(list(quiz.SUBJECTS)), test=False)
        reply = choices[answer]
    else:
        ask, reply = problems.problem(r, test=False)
    return [(f"<|user|>\n{ask}<|end|>\n<|assistant|>\n", READ), (reply, LEARN), ("<|end|>", LEARN)]


MIXTURE = [(questions, .36), (facts, .09), (word_problems, .34), (code, .14), (chat, .07)]

# Share of the training up to which rows have so many tokens. Long rows come last: they are slow, and few are enough to learn the positions.
PHASES = [(.93, 256), (.98, 512), (1.0, 1024)]


def length(progress):
    """Tokens of a row, at a share of the training."""
    return next(tokens for until, tokens in PHASES if progress < until or until == 1)


def document(r):
    make, = r.choices([k for k, _ in MIXTURE], [w for _, w in MIXTURE])
    return make(r)
