"""What people answer in the guide, and what its editors write. Rules are for the operations."""

import datetime
import uuid
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from servicepoints.guide import MUST_HAVE, Row, Tree, name_of
from servicepoints.guide_models import Choice, Ending, Question
from servicepoints.languages import in_every_language
from servicepoints.models import Service

DAYS_OF_FIGURES = 30


class AnswerForm(forms.Form):
    """The answer to one question of the guide."""

    answer = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the answers."),
            "invalid_choice": _("Choose one of these answers."),
        },
    )

    def __init__(self, question: Question, choices: list[Choice], *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        field = self.fields["answer"]
        field.label, field.help_text = question.text, question.help
        # The row itself is the label: radios.html shows its hint below its text.
        field.choices = [(choice.pk, choice) for choice in choices]  # type: ignore[attr-defined]


def run_in(query: QueryDict) -> uuid.UUID:
    """Return the id of the run through the guide; a new one where there is none or no id."""
    try:
        return uuid.UUID(query.get("run", ""))
    except ValueError:
        return uuid.uuid4()


def answers_in(query: QueryDict, name: str = "a") -> list[int]:
    """Return the ids of answers in a query; what is no id becomes one that nothing has."""
    return [
        int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        for text in query.getlist(name)
    ]


class TextsForm(forms.ModelForm):
    """Texts in three languages. A draft may lack some of them; all of them is too few."""

    required_text: ClassVar[str] = "text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A draft is saved without them, but nobody should think that they can be left out.
        for name in MUST_HAVE[self._meta.model]:
            for column in in_every_language(name):
                self.fields[column].needed_later = True  # type: ignore[attr-defined]
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 4

    def clean(self) -> dict[str, Any]:
        names = in_every_language(self.required_text)
        if not any(self.cleaned_data.get(name) or name in self.errors for name in names):
            self.add_error(names[0], _("Write the text in one language at least."))
        return self.cleaned_data


class QuestionForm(TextsForm):
    class Meta:
        model = Question
        fields = [*in_every_language("text"), *in_every_language("help")]


class EndingForm(TextsForm):
    required_text = "title"
    url = forms.URLField(
        label=_("Address of the online service or authority"),
        help_text=_("For example https://enterfinland.fi. Shown as a button on the ending."),
        required=False,
        assume_scheme="https",
    )

    class Meta:
        model = Ending
        fields = [
            "kind",
            *in_every_language("title"),
            *in_every_language("why"),
            *in_every_language("steps"),
            "url",
        ]
        widgets = {"kind": forms.RadioSelect}
        error_messages = {"kind": {"required": _("Choose where the ending leads.")}}
        help_texts = dict.fromkeys(in_every_language("steps"), _("One thing a line."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Ending.Kind.choices  # type: ignore[attr-defined]


class ChoiceForm(TextsForm):
    """An answer; `leads_to` is a question ("q12") or an ending ("e5") of the same draft."""

    leads_to = forms.ChoiceField(label=_("Where does the answer lead?"), required=False)
    field_order = [*in_every_language("text"), "leads_to", "service", *in_every_language("hint")]

    class Meta:
        model = Choice
        fields = [
            *in_every_language("text"),
            *in_every_language("hint"),
            "service",
            "position",
        ]
        help_texts = {
            "service": _("Chosen when the answer tells what a visit would be for."),
            "position": _("The answer with the smallest number is on top."),
        }

    def __init__(self, tree: Tree, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tree = tree
        self.fields["leads_to"].choices = self._targets()  # type: ignore[attr-defined]
        self.initial.setdefault("leads_to", self._chosen())
        service = self.fields["service"]
        service.queryset = Service.objects.all()  # type: ignore[attr-defined]
        service.empty_label = _("No service")  # type: ignore[attr-defined]

    def _targets(self) -> list[tuple[str, Any]]:
        questions = [row for row in self.tree.in_order() if row.pk != self.instance.question_id]
        return [
            ("", _("Nowhere yet")),
            (str(_("A question")), [(f"q{row.pk}", name_of(row)) for row in questions]),
            (
                str(_("An ending")),
                [
                    (f"e{row.pk}", f"{row.get_kind_display()}: {name_of(row)}")
                    for row in self.tree.endings.values()
                ],
            ),
        ]

    def _chosen(self) -> str:
        if self.instance.ending_id:
            return f"e{self.instance.ending_id}"
        return f"q{self.instance.next_question_id}" if self.instance.next_question_id else ""

    def save(self, commit: bool = True) -> Choice:
        """Give the answer what was chosen; an operation saves it."""
        assert not commit
        choice: Choice = super().save(commit=False)
        target: Row | None = None
        if leads_to := self.cleaned_data["leads_to"]:
            rows = self.tree.questions if leads_to[0] == "q" else self.tree.endings
            target = rows[int(leads_to[1:])]
        choice.next_question = target if isinstance(target, Question) else None
        choice.ending = target if isinstance(target, Ending) else None
        return choice


class PeriodForm(forms.Form):
    """From which day until which, both included; the last thirty days unless told."""

    first = DatePartsField(label=_("From"), help_text=_("For example 1 9 2026"))
    last = DatePartsField(label=_("Until"), help_text=_("For example 30 9 2026"))

    @staticmethod
    def usual() -> dict[str, datetime.date]:
        today = timezone.localdate()
        return {"first": today - datetime.timedelta(days=DAYS_OF_FIGURES - 1), "last": today}

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day cannot be before the first."))
        return self.cleaned_data
