"""Refusals about the supply and the guide that a person can be shown. `code` is stable."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NoLongerADraft(Refusal):
    """Somebody has published or thrown away the draft meanwhile."""

    code = "no_longer_a_draft"
    message = _("This is no longer a draft: it has been published or thrown away meanwhile.")


class DraftHasChanged(Refusal):
    """Somebody has changed the draft since the page was shown."""

    code = "draft_has_changed"
    message = _("The draft has changed since you saw it. Look at it again before you publish it.")


class GuideIncomplete(Refusal):
    """The draft lacks something; `guide.problems` says what."""

    code = "guide_incomplete"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The draft cannot be published yet. Correct what is listed first.")
