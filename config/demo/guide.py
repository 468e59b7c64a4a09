"""
The demo's guide before booking. Sources: mission.md and facts.md of the agency: first permits
are applied for abroad, extensions need no visit with a bank log-in, only what expires within
three months is urgent, asylum is for the police or the border guard.
"""

import datetime
import random
import uuid

from django.utils import timezone

from accounts.models import User
from config.demo.guide_endings import ENDINGS, DemoEnding, DemoQuestion, Texts
from config.demo.guide_questions import QUESTIONS
from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, EndingReached, GuideVersion, Question
from servicepoints.models import Service

DAYS_OF_FIGURES = 60


def load_guide(services: dict[str, Service], chance: random.Random) -> None:
    """Write and publish the guide, and make up what it has led to in the last two months."""
    editor = User.objects.filter(is_superuser=True).first()
    draft = guide_operations.start_draft(editor)
    questions = {slug: _question(draft, row) for slug, row in QUESTIONS.items()}
    endings = {slug: _ending(draft, row) for slug, row in ENDINGS.items()}
    for slug, question in QUESTIONS.items():
        for position, answer in enumerate(question.answers, 1):
            choice = Choice(
                question=questions[slug],
                position=position,
                service=services[answer.service] if answer.service else None,
                next_question=questions.get(answer.leads_to),
                ending=endings.get(answer.leads_to),
                **translated("text", answer.text),
                **translated("hint", answer.hint),
            )
            guide_operations.save(draft, choice)
    draft.refresh_from_db()
    guide_operations.publish(draft, revision=draft.revision, by=editor)
    _reach(endings, chance)
    began_at = timezone.now() - datetime.timedelta(days=DAYS_OF_FIGURES + 1)
    GuideVersion.objects.filter(pk=draft.pk).update(created_at=began_at, published_at=began_at)


def _question(draft: GuideVersion, row: DemoQuestion) -> Question:
    question = Question(
        version=draft, **translated("text", row.text), **translated("help", row.help)
    )
    guide_operations.save(draft, question)
    return question


def _ending(draft: GuideVersion, row: DemoEnding) -> Ending:
    ending = Ending(
        version=draft,
        kind=row.kind,
        url=row.url,
        **translated("title", row.title),
        **translated("why", row.why),
        **translated("steps", row.steps),
    )
    guide_operations.save(draft, ending)
    return ending


def _reach(endings: dict[str, Ending], chance: random.Random) -> None:
    today = timezone.localdate()
    EndingReached.objects.bulk_create(
        EndingReached(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            ending=ending,
            date=today - datetime.timedelta(days=days),
        )
        for days in range(1, DAYS_OF_FIGURES + 1)
        for slug, ending in endings.items()
        for _ in range(chance.randint(ENDINGS[slug].daily // 2, ENDINGS[slug].daily * 3 // 2))
    )


def translated(field: str, texts: Texts) -> dict[str, str]:
    """Return `texts` by the columns that hold them: in Finnish, Swedish and English."""
    return dict(zip((f"{field}_fi", f"{field}_sv", f"{field}_en"), texts, strict=True))
