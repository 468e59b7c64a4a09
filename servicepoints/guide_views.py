"""`/guide/`: do I need a visit? One question a page, the answers in the address."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from servicepoints import access, guide_operations, supply
from servicepoints.guide import Place, Tree
from servicepoints.guide_forms import AnswerForm, answers_in, run_in
from servicepoints.guide_models import Ending, GuideVersion
from servicepoints.models import Service

Reached = Callable[[uuid.UUID, Ending], None]


@dataclass(frozen=True)
class Walk:
    """
    Somebody's run through a version at `url`, coming from `home`.

    `run` goes along in every address, so that whoever goes back and answers otherwise is
    still counted once: `reached` is told of each ending with the id of the run.
    """

    version: GuideVersion
    run: uuid.UUID
    url: str
    home: str
    reached: Reached

    @property
    def is_preview(self) -> bool:
        return self.version.state == GuideVersion.State.DRAFT

    def address(self, answers: Sequence[int], was: int | None = None) -> str:
        """Return the page to which `answers` lead; `was` is marked as what was answered there."""
        query = [("run", self.run), *(("a", answer) for answer in answers)]
        return f"{self.url}?{urlencode([*query, ('was', was)] if was else query)}"

    @property
    def start(self) -> str:
        """Return the first question."""
        return self.address([])

    def before(self, place: Place) -> str:
        """Return the page of the question before `place`, with its answer marked."""
        answers = place.answers
        return self.address(answers[:-1], answers[-1] if answers else None)


@require_http_methods(["GET", "HEAD", "POST"])
def guide(request: HttpRequest) -> HttpResponse:
    """
    Ask the next question, or show the ending. Looking at a page changes nothing.

    An answer is sent by POST and leads to an address that holds all answers so far.
    """
    version = access.published_guide()
    if version is None:
        return render(request, "guide/none.html")
    return page(request, version, reverse("guide"), reverse("start"), guide_operations.count_ending)


def page(
    request: HttpRequest, version: GuideVersion, url: str, home: str, reached: Reached
) -> HttpResponse:
    """Answer a request for a page of a run (see `Walk`), or for going on from one."""
    walk = Walk(version, run_in(request.GET), url, home, reached)
    answers, tree = answers_in(request.GET), Tree(version)
    given = [*answers, *answers_in(request.POST, "answer")]
    if not tree.walk(given).is_whole and access.was_in_an_earlier_guide(given):
        return render(request, "guide/renewed.html", status=HTTPStatus.GONE)
    place = tree.walk(answers)
    if place.question is None:
        return _ending_page(request, walk, place)
    if request.method == "POST" or not place.is_whole:
        return _answered(request, walk, tree, place)
    form = AnswerForm(
        place.question,
        tree.choices(place.question),
        initial={"answer": request.GET.get("was")},
    )
    return _question_page(request, walk, place, form)


def _answered(request: HttpRequest, walk: Walk, tree: Tree, place: Place) -> HttpResponse:
    """Go on to where the answer leads; count it if that is an ending."""
    assert place.question
    choices = tree.choices(place.question)
    # An address with a wrong answer is met like a form with one.
    data = request.POST if place.is_whole else {"answer": "0"}
    form = AnswerForm(place.question, choices, data)
    if not form.is_valid():
        return _question_page(request, walk, place, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    answers = [*place.answers, form.cleaned_data["answer"]]
    ending = tree.walk(answers).ending
    if ending:
        walk.reached(walk.run, ending)
    return redirect(walk.address(answers))


def _question_page(
    request: HttpRequest,
    walk: Walk,
    place: Place,
    form: AnswerForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "walk": walk,
        "form": form,
        "action": walk.address(place.answers),
        "number": len(place.steps) + 1,
        "back_url": walk.before(place) if place.steps else walk.home,
    }
    return render(request, "guide/question.html", context, status=status)


def _ending_page(request: HttpRequest, walk: Walk, place: Place) -> HttpResponse:
    context = {
        "walk": walk,
        "ending": place.ending,
        "service": place.service,
        "rows": _answers_given(walk, place),
        "back_url": walk.before(place),
        **(_places(place.ending, place.service) if place.ending else {}),
    }
    return render(request, "guide/ending.html", context)


def _answers_given(walk: Walk, place: Place) -> list[dict[str, str]]:
    """Return every question with its answer, each with where it can be changed."""
    answers = place.answers
    return [
        {
            "key": step.question.text,
            "value": step.choice.text,
            "change_url": walk.address(answers[:number], answers[number]),
        }
        for number, step in enumerate(place.steps)
    ]


def _places(ending: Ending, service: Service | None) -> dict[str, Any]:
    """Return where one can go: for a number, to a partner office, or on to booking."""
    if ending.kind == Ending.Kind.URGENT:
        return {"open_today": supply.giving_numbers_today()}
    if ending.kind == Ending.Kind.PARTNER:
        return {"partners": access.public_partners(service)}
    if ending.kind == Ending.Kind.BOOK and service:
        return {"book_url": f"{reverse('book_people')}?{urlencode({'service': service.slug})}"}
    return {"book_url": reverse("book")} if ending.kind == Ending.Kind.BOOK else {}
