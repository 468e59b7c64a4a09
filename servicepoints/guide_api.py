"""The guide before booking, under /api/v1/. Public, and read only: programs count nothing."""

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_schema import describe
from servicepoints import access
from servicepoints.guide import Tree
from servicepoints.guide_models import Choice, Ending, GuideVersion, Question


class GuideChoice(serializers.Serializer):  # type: ignore[type-arg]
    """Either `question` or `ending` says where it leads."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    hint = serializers.CharField()
    service = serializers.CharField(
        allow_null=True, help_text="What a visit would be for; the last one on the way counts."
    )
    question = serializers.IntegerField(allow_null=True)
    ending = serializers.IntegerField(allow_null=True)


class GuideQuestion(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    text = serializers.CharField()
    help = serializers.CharField()  # type: ignore[assignment]
    choices = GuideChoice(many=True)


class GuideEnding(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Ending.Kind.choices)
    title = serializers.CharField()
    why = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField()


class GuideAnswer(serializers.Serializer):  # type: ignore[type-arg]
    version = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    first_question = serializers.IntegerField()
    questions = GuideQuestion(many=True)
    endings = GuideEnding(many=True)


def guide_answer(version: GuideVersion) -> dict[str, Any]:
    """Return what the API says about a published version."""
    tree = Tree(version)
    assert version.published_at
    assert tree.first
    return {
        "version": version.number,
        "published_at": version.published_at.isoformat(),
        "first_question": tree.first.pk,
        "questions": [_question(tree, row) for row in tree.in_order()],
        "endings": [_ending(row) for row in tree.endings.values()],
    }


def _question(tree: Tree, row: Question) -> dict[str, Any]:
    choices = [_choice(choice) for choice in tree.choices(row)]
    return {"id": row.pk, "text": row.text, "help": row.help, "choices": choices}


def _choice(row: Choice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "text": row.text,
        "hint": row.hint,
        "service": row.service and row.service.slug,
        "question": row.next_question_id,
        "ending": row.ending_id,
    }


def _ending(row: Ending) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": row.title,
        "why": row.why,
        "steps": row.steps,
        "url": row.url,
    }


class GuideView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "get_guide",
        "The guide that finds out whether a visit is needed",
        tag="service points",
        answer=GuideAnswer,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request) -> Response:
        version = access.published_guide()
        if version is None:
            raise Http404
        return Response(guide_answer(version))
