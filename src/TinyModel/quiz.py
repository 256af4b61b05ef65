"""
Questions with four choices, by subject. Each maker gives (question, right choice, wrong choices), with words drawn by r.

One wording in four of each fact belongs to the test: training says the fact as a sentence and asks it in other words, but never with
a test row's question.
"""
from split import is_test
from words import CAPITALS, COLOURS, DAYS, KINDS, MONTHS, NAMES, OPPOSITES, PAST, PLURALS, THINGS

TEST_SHARE = 4

KIND = ["What kind of thing is {}?", "What is {}?", "Which of these is {}?", "Which word says what {} is?", "To which kind does {} belong?", "Say what {} is."]
OPPOSITE = ["What is the opposite of {}?", "Which word means the opposite of {}?", "Which word is not {} at all but the other way round?", "What do we call it when something is not {}?", "The opposite of {} is what?"]
CAPITAL = ["What is the capital of {}?", "Which city is the capital of {}?", "From which city is {} governed?", "Name the capital of {}.", "The capital of {} is which city?", "Which city does {} have as its capital?"]
TENSE = ["What is the past tense of {}?", "Which form of {} is used for yesterday?", "How does one say {} of last year?", "Today we {}; what did we do yesterday?", "Put {} into the past.", "Which is the past of {}?"]
PLURAL = ["What is the plural of {}?", "One {}, two what?", "How does one call many of {}?", "What comes after two when one means more than one {}?", "Which word means more than one {}?", "Put {} into the plural."]
SUM = ["What is {} + {}?", "How much is {} plus {}?", "What do {} and {} make?"]
ORDER = {True: ["Which {} comes right after {}?", "What {} follows {}?", "After which comes the {} next to {}?", "Name the {} after {}.", "Once {1} is over, which {0} begins?"],
         False: ["Which {} comes right before {}?", "What {} precedes {}?", "Name the {} before {}.", "Which {} stands just ahead of {}?", "When {1} begins, which {0} has just ended?"]}


def article(word):
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def of_pairs(pairs, wordings, show=str):
    """A question about the first of a pair, answered by the second; wrong choices are other pairs' answers."""
    answers = sorted({v for _, v in pairs})

    def make(r):
        key, value = r.choice(pairs)
        return r.choice(wordings).format(show(key)), value, r.sample([v for v in answers if v != value], 3)

    return make


def kinds_of(subject):
    return of_pairs([(word, article(kind)) for kind, words in KINDS[subject].items() for word in words], KIND, article)


def addition(r):
    a, b = r.randint(1, 20), r.randint(1, 20)
    near = [n for n in range(max(1, a + b - 9), a + b + 10) if n != a + b]
    return r.choice(SUM).format(a, b), str(a + b), [str(n) for n in r.sample(near, 3)]


def numbers(r):
    given = r.sample(range(1, 100), 4)
    ordered = sorted(given, reverse=r.random() < .5)
    which = "largest" if ordered[0] > ordered[1] else "smallest"
    text = f"{given[0]}, {given[1]}, {given[2]} and {given[3]}"
    return r.choice(["Which is the {} of {}?", "What is the {} number of {}?"]).format(which, text), str(ordered[0]), [str(n) for n in ordered[1:]]


def neighbour(r, what, names, around):
    i, after = r.randrange(len(names)) if around else r.randrange(1, len(names) - 1), r.random() < .5
    right = names[(i + (1 if after else -1)) % len(names)]
    return r.choice(ORDER[after]).format(what, names[i]), right, r.sample([n for n in names if n not in (right, names[i])], 3)


def alphabet(r):
    return neighbour(r, "letter", "abcdefghijklmnopqrstuvwxyz", around=False)


def calendar(r):
    return neighbour(r, *r.choice([("day", DAYS), ("month", MONTHS)]), around=True)


def reading(r):
    people, things, colours = r.sample(NAMES, 4), r.sample(THINGS, 4), r.sample(COLOURS, 3)
    story = " ".join(f"{p} has a {c} {t}." for p, c, t in zip(people, colours, things))
    i = r.randrange(3)
    if r.random() < .5:
        return f"{story} What does {people[i]} have?", f"a {things[i]}", [f"a {t}" for t in things if t != things[i]]
    return f"{story} Who has the {colours[i]} {things[i]}?", people[i], [p for p in people if p != people[i]]


SUBJECTS = {
    **{subject: kinds_of(subject) for subject in KINDS},
    "opposites": of_pairs([p for a, b in OPPOSITES for p in ((a, b), (b, a))], OPPOSITE),
    "capitals": of_pairs(list(CAPITALS.items()), CAPITAL),
    "past_tense": of_pairs(list(PAST.items()), TENSE),
    "plurals": of_pairs(list(PLURALS.items()), PLURAL),
    "addition": addition,
    "numbers": numbers,
    "alphabet": alphabet,
    "calendar": calendar,
    "reading": reading,
}


def question(r, subject, test):
    """A row of one side of the split: question, choices, index of the right one."""
    while True:
        text, right, wrong = SUBJECTS[subject](r)
        if is_test(subject, text, share=TEST_SHARE) == test:
            choices = [right, *wrong]
            r.shuffle(choices)
            return text, choices, choices.index(right)


def render(text, answer=""):
    """As the task's template writes it; with the answer, as a shot."""
    return f"Question: {text}\nAnswer:" + (f" {answer}" if answer else "")


def introduction(subject):
    return f"The following are questions (with answers) about {subject.replace('_', ' ')}.\n\n"


def sentence(r):
    """What there is to know, said plainly."""
    which = r.randrange(7)
    if which == 0:
        country, city = r.choice(list(CAPITALS.items()))
        return r.choice([f"The capital of {country} is {city}.", f"{city} is the capital of {country}."])
    if which == 1:
        a, b = r.choice(OPPOSITES)
        return r.choice([f"The opposite of {a} is {b}.", f"The opposite of {b} is {a}."])
    if which == 2:
        verb, past = r.choice(list(PAST.items()))
        return r.choice([f"The past tense of {verb} is {past}.", f"Today we {verb}, yesterday we {past}."])
    if which == 3:
        one, many = r.choice(list(PLURALS.items()))
        return r.choice([f"The plural of {one} is {many}.", f"One {one}, two {many}."])
    if which == 4:
        kind, words = r.choice([(k, w) for kinds in KINDS.values() for k, w in kinds.items()])
        word = article(r.choice(words))
        return f"{word.capitalize()} is {article(kind)}."
    if which == 5:
        what, names = r.choice([("day", DAYS), ("month", MONTHS)])
        i = r.randrange(len(names))
        return f"The {what} after {names[i]} is {names[(i + 1) % len(names)]}, the {what} before it {names[i - 1]}."
    i = r.randrange(1, 25)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"The letter after {letters[i]} is {letters[i + 1]}, the letter before it {letters[i - 1]}."
