"""`/-/mailbox/`: what would have been sent. Routed by `manage.py up` only."""

from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from config import mailbox


@require_GET
def mailbox_list(request: HttpRequest) -> HttpResponse:
    return render(request, "mailbox/list.html", {"mails": mailbox.newest_first()})


@require_GET
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "mailbox/message.html", {"mail": _mail(name)})


@require_GET
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]
    {
        "frame-ancestors": ["'self'"],
        "script-src": ["'none'"],
        # Mail programs know no other styles than those at each element.
        "style-src": ["'unsafe-inline'"],
    }
)
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(_mail(name).html)


@require_GET
def mailbox_attachment(request: HttpRequest, name: str, position: int) -> HttpResponse:
    attachments = _mail(name).attachments
    if position >= len(attachments):
        raise Http404
    part = attachments[position]
    response = HttpResponse(part.content, content_type=part.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{part.name}"'
    return response


def _mail(name: str) -> mailbox.Mail:
    mail = mailbox.find(name)
    if mail is None:
        raise Http404
    return mail
