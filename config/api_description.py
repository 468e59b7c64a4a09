"""What the API says of itself on top: how to begin, errors, languages. Markdown, in English."""

DESCRIPTION = (
    "Appointments and queue numbers of the service points: finding and booking times, "
    "visits, the waiting list, numbers, and the work at a desk. Planning the supply, "
    "opening and closing days, the guide's texts, devices and people are done on pages "
    "only.\n\n"
    "## Getting started\n\n"
    "Free times, services and service points need no token: "
    "`curl SITE/api/v1/service-points`. For everything else:\n\n"
    "1. Sign in on the pages, at `/account/login/`, with the code that comes by e-mail.\n"
    "2. Open these docs in the same browser at `/api/v1/docs/`, find `POST /api/v1/auth/token` "
    "under `auth`, press *Try it out* and *Execute*. The answer has `token` and "
    "`expires_at`; the token is shown this once.\n"
    "3. Send it with each request: `Authorization: Bearer TOKEN`.\n"
    "4. Where an operation asks for an `Idempotency-Key`, make a new UUID for each booking: "
    "after a lost connection the same key gives the same answer, once.\n"
    "5. `DELETE /api/v1/auth/token` with the token ends it.\n\n"
    "A token can do what its person can do: staff have the desks of their points, everybody "
    "has their own visits.\n\n"
    "## Errors and languages\n\n"
    "Errors are RFC 9457 problem "
    "documents with a stable `code`; `/api/v1/problems` lists them. Messages are in the "
    "language of Accept-Language: fi, sv or en."
)

SETTINGS = {
    "TITLE": "Vuoro",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_NAME_OVERRIDES": {
        "AppointmentStatus": "booking.models.Appointment.Status",
        "MandateState": "accounts.models.Mandate.State",
        "TicketStatus": "queueing.models.Ticket.Status",
        "Language": "django.conf.settings.LANGUAGES",
    },
}
