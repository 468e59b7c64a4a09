"""`/manage/guide/`: managers write the guide, try it, publish it, and see what it leads to."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.exceptions import Refusal
from servicepoints import access, guide_figures, guide_operations, guide_views
from servicepoints.exceptions import DraftHasChanged, GuideIncomplete
from servicepoints.guide import Problem, Row, Tree, name_of
from servicepoints.guide_forms import ChoiceForm, EndingForm, PeriodForm, QuestionForm
from servicepoints.guide_models import Choice, Ending, GuideVersion, Question

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
VERSIONS_ON_A_PAGE = 20
OK, UNPROCESSABLE = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY


def for_editor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """
    Call `view` for managers and administrators; anonymous people sign in first.

    A refusal of an operation is said on the page of the guide, where what is possible stands.
    """

    @never_cache
    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        access.check_guide_editor(request.user)
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("manage:guide")

    return checked


# Versions ----------------------------------------------------------------------


@require_safe
@for_editor
def overview(request: HttpRequest) -> HttpResponse:
    """Show the draft if there is one, the published version, and those before it."""
    versions = access.guide_versions(request.user)
    pages = Paginator(versions.exclude(state=GuideVersion.State.DRAFT), VERSIONS_ON_A_PAGE)
    context = {
        "draft": versions.filter(state=GuideVersion.State.DRAFT).first(),
        "published": versions.filter(state=GuideVersion.State.PUBLISHED).first(),
        "page_obj": pages.get_page(request.GET.get("page")),
    }
    return render(request, "manage/guide/overview.html", context)


@require_safe
@for_editor
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show all of a version; the draft has a page of its own, where it can be changed."""
    found = access.guide_version(request.user, number)
    if found.state == GuideVersion.State.DRAFT:
        return redirect("manage:guide_draft")
    return render(request, "manage/guide/version.html", _tree_context(found))


@require_POST
@for_editor
def start_draft(request: HttpRequest) -> HttpResponse:
    guide_operations.start_draft(request.user)
    return redirect("manage:guide_draft")


@require_safe
@for_editor
def draft(request: HttpRequest) -> HttpResponse:
    """Show the draft with what keeps it from being published, and how to change it."""
    return _draft_page(request, access.guide_draft(request.user))


def _draft_page(
    request: HttpRequest, found: GuideVersion, *, refusal: str = "", status: HTTPStatus = OK
) -> HttpResponse:
    problems = guide_operations.problems_of(found)
    context = {
        "problems": [{"text": row.text, "url": _url_of(row)} for row in problems],
        "refusal": refusal,
        "has_errors": bool(refusal),
        **_tree_context(found),
    }
    return render(request, "manage/guide/draft.html", context, status=status)


def _url_of(problem: Problem) -> str:
    row = problem.row
    if row is None:
        return reverse("manage:guide_add_question")
    return reverse(f"manage:guide_{row._meta.model_name}", args=[row.pk])


def _tree_context(found: GuideVersion) -> dict[str, Any]:
    """Return a version as a list of questions with their answers, and of endings."""
    tree = Tree(found)
    numbers = {row.pk: number for number, row in enumerate(tree.in_order(), 1)}
    return {
        "version": found,
        "questions": [
            {
                "number": number,
                "question": tree.questions[pk],
                "name": name_of(tree.questions[pk]),
                "answers": [
                    _answer(tree, row, numbers) for row in tree.choices(tree.questions[pk])
                ],
            }
            for pk, number in numbers.items()
        ],
        "endings": [{"ending": row, "name": name_of(row)} for row in tree.endings.values()],
    }


def _answer(tree: Tree, choice: Choice, numbers: dict[int, int]) -> dict[str, Any]:
    target = tree.target(choice)
    return {
        "choice": choice,
        "name": name_of(choice),
        "target": target,
        "target_name": name_of(target) if target else "",
        "number": numbers.get(target.pk) if isinstance(target, Question) else None,
    }


@require_POST
@for_editor
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Publish the draft that was seen; what is missing is listed on its page."""
    found = access.guide_version(request.user, number)
    seen = request.POST.get("revision", "")
    revision = int(seen) if seen.isascii() and seen.isdigit() else -1
    try:
        guide_operations.publish(found, revision=revision, by=request.user)
    except (DraftHasChanged, GuideIncomplete) as refusal:
        found = access.guide_draft(request.user)
        return _draft_page(request, found, refusal=str(refusal), status=HTTPStatus(refusal.status))
    messages.success(request, _("The guide is published. People see it from now on."))
    return redirect("manage:guide")


@require_http_methods(PAGE_OR_FORM)
@for_editor
def discard(request: HttpRequest) -> HttpResponse:
    """Ask whether to throw the draft away, and do it. Doing it twice is harmless."""
    found = access.guide_versions(request.user).drafts().first()  # type: ignore[attr-defined]
    if found is None:
        return redirect("manage:guide")
    if request.method != "POST":
        return _ask(request, _("Throw the draft away?"), _("Its changes are lost."))
    guide_operations.discard(found)
    messages.success(request, _("The draft is thrown away. The published guide stays as it was."))
    return redirect("manage:guide")


@require_http_methods(PAGE_OR_FORM)
@for_editor
def preview(request: HttpRequest) -> HttpResponse:
    """Go through the draft as people would; nothing is counted."""
    found = access.guide_draft(request.user)
    return guide_views.page(
        request,
        found,
        reverse("manage:guide_preview"),
        reverse("manage:guide_draft"),
        reached=lambda _run, _ending: None,
    )


# Questions, answers, endings of the draft ---------------------------------------


@require_http_methods(PAGE_OR_FORM)
@for_editor
def add_question(request: HttpRequest) -> HttpResponse:
    found = access.guide_draft(request.user)
    row = Question(version=found)
    return _edit(request, found, row, QuestionForm(request.POST or None, instance=row))


@require_http_methods(PAGE_OR_FORM)
@for_editor
def question(request: HttpRequest, row_id: int) -> HttpResponse:
    found, row = access.question_of_draft(request.user, row_id)
    return _edit(request, found, row, QuestionForm(request.POST or None, instance=row))


@require_POST
@for_editor
def begin_with(request: HttpRequest, row_id: int) -> HttpResponse:
    found, row = access.question_of_draft(request.user, row_id)
    guide_operations.begin_with(found, row)
    return redirect("manage:guide_draft")


@require_http_methods(PAGE_OR_FORM)
@for_editor
def add_choice(request: HttpRequest, row_id: int) -> HttpResponse:
    found, asked = access.question_of_draft(request.user, row_id)
    last = asked.choices.aggregate(last=Max("position"))["last"] or 0
    row = Choice(question=asked, position=last + 1)
    return _edit(request, found, row, ChoiceForm(Tree(found), request.POST or None, instance=row))


@require_http_methods(PAGE_OR_FORM)
@for_editor
def choice(request: HttpRequest, row_id: int) -> HttpResponse:
    found, row = access.choice_of_draft(request.user, row_id)
    return _edit(request, found, row, ChoiceForm(Tree(found), request.POST or None, instance=row))


@require_http_methods(PAGE_OR_FORM)
@for_editor
def add_ending(request: HttpRequest) -> HttpResponse:
    found = access.guide_draft(request.user)
    row = Ending(version=found)
    return _edit(request, found, row, EndingForm(request.POST or None, instance=row))


@require_http_methods(PAGE_OR_FORM)
@for_editor
def ending(request: HttpRequest, row_id: int) -> HttpResponse:
    found, row = access.ending_of_draft(request.user, row_id)
    return _edit(request, found, row, EndingForm(request.POST or None, instance=row))


def _edit(
    request: HttpRequest, found: GuideVersion, row: Row, form: forms.ModelForm
) -> HttpResponse:
    """Show the form of a row of the draft, or save it and go back to the draft."""
    if form.is_valid():
        guide_operations.save(found, form.save(commit=False))
        messages.success(request, _("Saved in the draft."))
        return redirect("manage:guide_draft")
    context = {
        "form": form,
        "row": row,
        "kind": row._meta.model_name,
        "is_new": row.pk is None,
        "remove_url": row.pk
        and reverse(f"manage:guide_remove_{row._meta.model_name}", args=[row.pk]),
    }
    return render(
        request, "manage/guide/edit.html", context, status=UNPROCESSABLE if form.errors else OK
    )


@require_http_methods(PAGE_OR_FORM)
@for_editor
def remove_question(request: HttpRequest, row_id: int) -> HttpResponse:
    return _remove(request, access.question_of_draft, row_id)


@require_http_methods(PAGE_OR_FORM)
@for_editor
def remove_choice(request: HttpRequest, row_id: int) -> HttpResponse:
    return _remove(request, access.choice_of_draft, row_id)


@require_http_methods(PAGE_OR_FORM)
@for_editor
def remove_ending(request: HttpRequest, row_id: int) -> HttpResponse:
    return _remove(request, access.ending_of_draft, row_id)


def _remove(
    request: HttpRequest, find: Callable[..., tuple[GuideVersion, Row]], row_id: int
) -> HttpResponse:
    """Ask whether to remove a row of the draft, saying what goes with it, and do it."""
    found, row = find(request.user, row_id)
    if request.method != "POST":
        lost = _("Answers that lead here lead nowhere afterwards, until you change them.")
        title = _("Remove “%(row)s” from the draft?") % {"row": name_of(row)}
        return _ask(request, title, "" if isinstance(row, Choice) else lost)
    guide_operations.remove(found, row)
    messages.success(request, _("Removed from the draft."))
    return redirect("manage:guide_draft")


def _ask(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return render(request, "manage/guide/ask.html", {"title": title, "text": text})


# Figures -------------------------------------------------------------------------


@require_safe
@for_editor
def figures(request: HttpRequest) -> HttpResponse:
    """Show how often the guide led where, in a period; the last thirty days unless told."""
    asked = any(name.startswith(("first", "last")) for name in request.GET)
    form = PeriodForm(request.GET) if asked else PeriodForm(initial=PeriodForm.usual())
    context: dict[str, Any] = {"form": form, "kinds": Ending.Kind.labels}
    if not asked or form.is_valid():
        period = form.cleaned_data if asked else PeriodForm.usual()
        context |= {"figures": guide_figures.figures(**period), **period}
    status = UNPROCESSABLE if form.errors else OK
    return render(request, "manage/guide/figures.html", context, status=status)
