"""The guide before booking and its editor, for rows.py."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from accounts.models import Role
from servicepoints import guide_operations
from tests.factories import make_point, make_staff
from tests.guides import make_choice, make_guide
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, opening
from tests.journeys.visitor import Visitor
from tests.journeys.world import Bare, World


class Guided(World):
    """An agency with a guide, a draft of the next one that is not whole yet, and its editor."""

    def __init__(self, mail: Path) -> None:
        self.guide = make_guide()
        guide_operations.count_ending(
            "6f0f9d2e-0000-4000-8000-000000000000", self.guide.online.ending
        )
        self.draft = guide_operations.start_draft(None)
        self.first = self.draft.questions.get(is_first=True)
        make_choice(self.first, "Nowhere yet")
        self.editor = make_staff(make_point("editors"), Role.Kind.MANAGER)
        self.newcomer = make_staff(make_point("others"))


def answered(*names: str) -> Show:
    """Open the guide with these answers given."""

    def show(at: Visitor, world: Guided) -> None:
        query = "&".join(f"a={getattr(world.guide, name).pk}" for name in names)
        at.open(f"/guide/?{query}&")

    return show


def editing(page: str, *args: Callable[[Guided], Any] | int, then: Sequence[Step] = ()) -> Show:
    return opening(f"manage:{page}", *args, who="editor", then=then)


def first(world: Guided) -> int:
    return world.first.pk


def choice(world: Guided) -> int:
    return world.first.choices.order_by("position")[0].pk


def ending(world: Guided) -> int:
    return world.draft.endings.order_by("pk")[0].pk


def changed_meanwhile(at: Visitor, world: Guided) -> None:
    """Publish a draft that was whole when it was shown."""
    guide_operations.remove(world.draft, world.first.choices.get(text_en__startswith="Nowhere"))
    editing("guide_draft")(at, world)
    make_choice(world.first, "Nowhere yet")
    at.press("form[action$='publish/'] button")


GUIDE = [
    Row("guide", "none yet", opening("guide"), Bare),
    Row("guide", USUAL, opening("guide"), Guided),
    Row("guide", "error", opening("guide", then=[(SUBMIT,)]), Guided),
    Row("guide", "second question", answered("extend"), Guided),
    Row("guide", "book", answered("extend", "no"), Guided),
    Row("guide", "urgent", answered("extend", "yes"), Guided),
    Row("guide", "another authority", answered("asylum"), Guided),
    Row("guide", "no visit", answered("online"), Guided),
    Row("manage:guide", USUAL, editing("guide"), Guided),
    Row("manage:guide", "not for clerks", opening("manage:guide", who="newcomer"), Guided),
    Row("manage:guide_figures", USUAL, editing("guide_figures"), Guided),
    Row("manage:guide_version", USUAL, editing("guide_version", 1), Guided),
    Row("manage:guide_draft", USUAL, editing("guide_draft"), Guided),
    Row("manage:guide_publish", "changed meanwhile", changed_meanwhile, Guided),
    Row("manage:guide_preview", USUAL, editing("guide_preview"), Guided),
    Row("manage:guide_discard", USUAL, editing("guide_discard"), Guided),
    Row("manage:guide_add_question", USUAL, editing("guide_add_question"), Guided),
    Row(
        "manage:guide_add_question",
        "error",
        editing("guide_add_question", then=[(SUBMIT,)]),
        Guided,
    ),
    Row("manage:guide_question", USUAL, editing("guide_question", first), Guided),
    Row("manage:guide_remove_question", USUAL, editing("guide_remove_question", first), Guided),
    Row("manage:guide_add_choice", USUAL, editing("guide_add_choice", first), Guided),
    Row("manage:guide_choice", USUAL, editing("guide_choice", choice), Guided),
    Row("manage:guide_remove_choice", USUAL, editing("guide_remove_choice", choice), Guided),
    Row("manage:guide_add_ending", USUAL, editing("guide_add_ending"), Guided),
    Row("manage:guide_add_ending", "error", editing("guide_add_ending", then=[(SUBMIT,)]), Guided),
    Row("manage:guide_ending", USUAL, editing("guide_ending", ending), Guided),
    Row("manage:guide_remove_ending", USUAL, editing("guide_remove_ending", ending), Guided),
]
