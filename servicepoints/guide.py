"""The guide as a tree to walk and to check. Pure: it reads what a version has loaded."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext as _

from servicepoints.guide_models import Choice, Ending, GuideVersion, Question
from servicepoints.languages import in_every_language
from servicepoints.models import Service

FEWEST_ANSWERS = 2
# The texts of each row: those it must have, and those that are in every language or in none.
MUST_HAVE: dict[type[models.Model], tuple[str, ...]] = {
    Question: ("text",),
    Choice: ("text",),
    Ending: ("title", "why", "steps"),
}
MAY_HAVE: dict[type[models.Model], tuple[str, ...]] = {Question: ("help",), Choice: ("hint",)}

Row = Question | Choice | Ending
Target = Question | Ending


class Step(NamedTuple):
    """A question, and how it was answered."""

    question: Question
    choice: Choice


@dataclass(frozen=True)
class Place:
    """
    Where answers have led: to a question, to an ending, or, in a draft, to neither.

    `service` is what an answer on the way has chosen. `is_whole` is False when an answer was
    none of the question it was given to; it and those after it were not followed.
    """

    steps: tuple[Step, ...]
    target: Target | None
    service: Service | None
    is_whole: bool

    @property
    def question(self) -> Question | None:
        return self.target if isinstance(self.target, Question) else None

    @property
    def ending(self) -> Ending | None:
        return self.target if isinstance(self.target, Ending) else None

    @property
    def answers(self) -> list[int]:
        """Return the ids of the answers that were followed."""
        return [step.choice.pk for step in self.steps]


class Problem(NamedTuple):
    """Why a draft cannot be published: a whole sentence, and the row to correct, if any."""

    text: str
    row: Row | None = None


class Tree:
    """A version loaded `with_tree()`. Only what belongs to it can be reached in it."""

    def __init__(self, version: GuideVersion) -> None:
        self.version = version
        self.questions = {row.pk: row for row in version.questions.all()}
        self.endings = {row.pk: row for row in version.endings.all()}
        self.first = next((row for row in self.questions.values() if row.is_first), None)

    def choices(self, question: Question) -> list[Choice]:
        """Return the answers to `question`, in their order."""
        return list(question.choices.all())

    def target(self, choice: Choice) -> Target | None:
        """Return what an answer leads to, or None where it leads nowhere yet."""
        if choice.ending_id:
            return self.endings.get(choice.ending_id)
        return self.questions.get(choice.next_question_id or 0)

    def walk(self, answers: Sequence[int]) -> Place:
        """Follow the ids of answers from the first question, as far as they can be followed."""
        target: Target | None = self.first
        service: Service | None = None
        steps: list[Step] = []
        for answer in answers:
            choice = self._choice(target, answer)
            if choice is None:
                return Place(tuple(steps), target, service, is_whole=False)
            assert isinstance(target, Question)
            steps.append(Step(target, choice))
            service = choice.service or service
            target = self.target(choice)
        return Place(tuple(steps), target, service, is_whole=True)

    def _choice(self, target: Target | None, answer: int) -> Choice | None:
        if not isinstance(target, Question):
            return None
        return next((row for row in self.choices(target) if row.pk == answer), None)

    def in_order(self) -> list[Question]:
        """Return every question: those that can be reached as they are met, then the others."""
        met = [row for row in self._reachable() if isinstance(row, Question)]
        return [*met, *(row for row in self.questions.values() if row not in met)]

    def _reachable(self) -> list[Target]:
        """Return the questions and endings that can be reached, each once, in reading order."""
        met: list[Target] = []
        ahead: list[Target | None] = [self.first]
        while ahead:
            target = ahead.pop(0)
            if target is None or target in met:
                continue
            met.append(target)
            if isinstance(target, Question):
                ahead.extend(map(self.target, self.choices(target)))
        return met


def problems(tree: Tree, bookable: Collection[int]) -> list[Problem]:
    """
    Return everything that keeps a draft from being published; nothing means that it can be.

    Every question has answers and every answer leads on, never in a circle, so every path
    ends. Every question and ending can be reached, every text is there in every language, and
    who is led to a booking has chosen a service of `bookable` (ids) on the way.
    """
    if tree.first is None:
        return [Problem(_("No question is the first one."))]
    return [
        *_missing_texts(tree),
        *_dead_ends(tree),
        *_circles(tree),
        *_out_of_reach(tree),
        *_without_service(tree),
        *_not_bookable(tree, bookable),
    ]


def _rows(tree: Tree) -> Iterator[Row]:
    for question in tree.in_order():
        yield question
        yield from tree.choices(question)
    yield from tree.endings.values()


def name_of(row: Row) -> str:
    """Return what a row is called where it is spoken of, whatever of it is still missing."""
    return str(row) or next(filter(None, _texts(row)), _("(no text yet)"))


def _texts(row: Row) -> Iterator[str]:
    for name in MUST_HAVE[type(row)]:
        for column in in_every_language(name):
            yield getattr(row, column)


def _missing_texts(tree: Tree) -> Iterator[Problem]:
    for row in _rows(tree):
        for name in MUST_HAVE[type(row)]:
            yield from _missing(row, name)
        for name in MAY_HAVE.get(type(row), ()):
            if any(getattr(row, column).strip() for column in in_every_language(name)):
                yield from _missing(row, name)


def _missing(row: Row, name: str) -> Iterator[Problem]:
    for column in in_every_language(name):
        if not getattr(row, column).strip():
            text = _("“%(row)s”: a text is missing: %(field)s.") % {
                "row": name_of(row),
                "field": row._meta.get_field(column).verbose_name,  # type: ignore[union-attr]
            }
            yield Problem(text, row)


def _dead_ends(tree: Tree) -> Iterator[Problem]:
    for question in tree.in_order():
        choices = tree.choices(question)
        if len(choices) < FEWEST_ANSWERS:
            text = _("“%(question)s”: a question needs two answers or more.")
            yield Problem(text % {"question": name_of(question)}, question)
        for choice in choices:
            if tree.target(choice) is None:
                text = _("“%(question)s”: the answer “%(answer)s” leads nowhere.")
                yield Problem(text % _named(question, choice), choice)


def _named(question: Question, choice: Choice) -> dict[str, str]:
    return {"question": name_of(question), "answer": name_of(choice)}


def _circles(tree: Tree) -> Iterator[Problem]:
    """Yield each answer that leads back to a question one has come from, however one came."""
    done: set[int] = set()

    def follow(question: Question, path: tuple[int, ...]) -> Iterator[Problem]:
        path = (*path, question.pk)
        for choice in tree.choices(question):
            target = tree.target(choice)
            if not isinstance(target, Question):
                continue
            if target.pk in path:
                text = _("“%(question)s”: the answer “%(answer)s” leads round in a circle.")
                yield Problem(text % _named(question, choice), choice)
            elif target.pk not in done:
                yield from follow(target, path)
        done.add(question.pk)

    for question in tree.in_order():
        if question.pk not in done:
            yield from follow(question, ())


def _out_of_reach(tree: Tree) -> Iterator[Problem]:
    met = tree._reachable()
    rows: list[Target] = [*tree.in_order(), *tree.endings.values()]
    for row in rows:
        if row not in met:
            text = _("“%(row)s”: no answer leads here from the first question.")
            yield Problem(text % {"row": name_of(row)}, row)


def _without_service(tree: Tree) -> Iterator[Problem]:
    """Yield each answer by which one comes to a booking and has chosen no service."""
    ahead: list[Question | None] = [tree.first]
    met: set[int] = set()
    while ahead:
        question = ahead.pop(0)
        if question is None or question.pk in met:
            continue
        met.add(question.pk)
        for choice in tree.choices(question):
            target = tree.target(choice)
            if choice.service_id:
                continue
            if isinstance(target, Question):
                ahead.append(target)
            elif target and target.kind == Ending.Kind.BOOK:
                text = _(
                    "“%(question)s”: the answer “%(answer)s” leads to a booking, and no answer "
                    "on the way has chosen the service."
                )
                yield Problem(text % _named(question, choice), choice)


def _not_bookable(tree: Tree, bookable: Collection[int]) -> Iterator[Problem]:
    for question in tree.in_order():
        for choice in tree.choices(question):
            if choice.service and choice.service.pk not in bookable:
                text = _("“%(answer)s”: %(service)s cannot be booked at any service point.")
                names = {"answer": name_of(choice), "service": choice.service.name}
                yield Problem(text % names, choice)
