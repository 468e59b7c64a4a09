"""
A small guide for tests, whole in three languages:

    matter ─┬─ extend (service "study") ── expires ─┬─ yes ── urgent
            ├─ asylum ── police                     └─ no ─── book
            └─ online ── no visit
"""

from typing import NamedTuple

from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, GuideVersion, Question
from servicepoints.models import Service
from tests.factories import make_group, make_service


class Guide(NamedTuple):
    version: GuideVersion
    matter: Question
    expires: Question
    extend: Choice
    asylum: Choice
    online: Choice
    yes: Choice
    no: Choice


def texts(field: str, text: str) -> dict[str, str]:
    """`text` in each language, marked with it."""
    return {f"{field}_{language}": f"{text} ({language})" for language in ("fi", "sv", "en")}


def make_question(draft: GuideVersion, text: str) -> Question:
    question = Question(version=draft, **texts("text", text))
    guide_operations.save(draft, question)
    return question


def make_ending(draft: GuideVersion, kind: str, title: str) -> Ending:
    written = texts("title", title) | texts("why", f"Why {title}") | texts("steps", "Do this")
    ending = Ending(version=draft, kind=kind, **written)
    guide_operations.save(draft, ending)
    return ending


def make_choice(
    question: Question,
    text: str,
    target: Question | Ending | None = None,
    service: Service | None = None,
) -> Choice:
    choice = Choice(question=question, service=service, **texts("text", text))
    choice.position = question.choices.count() + 1
    choice.next_question = target if isinstance(target, Question) else None
    choice.ending = target if isinstance(target, Ending) else None
    guide_operations.save(question.version, choice)
    return choice


def make_draft() -> Guide:
    study = Service.objects.filter(slug="study").first() or make_service("study")
    make_group(services=[study])
    draft = guide_operations.start_draft(None)
    matter, expires = (make_question(draft, text) for text in ("Your matter?", "Does it expire?"))
    book, urgent, no_visit, police = (
        make_ending(draft, kind, title)
        for kind, title in [
            (Ending.Kind.BOOK, "Book a time"),
            (Ending.Kind.URGENT, "Take a number"),
            (Ending.Kind.NO_VISIT, "Stay at home"),
            (Ending.Kind.OTHER_AUTHORITY, "Go to the police"),
        ]
    )
    return Guide(
        draft,
        matter,
        expires,
        make_choice(matter, "More time", expires, study),
        make_choice(matter, "Asylum", police),
        make_choice(matter, "Online", no_visit),
        make_choice(expires, "Yes", urgent),
        make_choice(expires, "No", book),
    )


def publish(draft: GuideVersion) -> GuideVersion:
    draft.refresh_from_db()
    guide_operations.publish(draft, revision=draft.revision, by=None)
    draft.refresh_from_db()
    return draft


def make_guide() -> Guide:
    """The guide, published."""
    guide = make_draft()
    publish(guide.version)
    return guide


def loaded(version: GuideVersion) -> GuideVersion:
    return GuideVersion.objects.with_tree().get(pk=version.pk)
