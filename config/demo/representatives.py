"""The demo's representative: a verified counsel who acts for two clients."""

import datetime

from django.utils import timezone

from accounts.models import Mandate, Representative, User


def load_representative(user: User, clients: list[User], *, verified_by: User) -> Representative:
    """Let `user` act for these clients; nobody is written to, as the demo begins in the middle."""
    now = timezone.now()
    representative = Representative.objects.create(
        user=user,
        kind=Representative.Kind.COUNSEL,
        name=user.name,
        organisation="Lakitoimisto Esimerkki Oy",
        evidence="Demo",
        state=Representative.State.VERIFIED,
        verified_at=now,
        verified_by=verified_by,
    )
    for client in clients:
        Mandate.objects.create(
            representative=representative,
            client=client,
            client_name=client.name,
            client_email=client.email,
            language=client.language,
            state=Mandate.State.ACTIVE,
            valid_until=timezone.localdate() + datetime.timedelta(days=365),
            began_at=now,
        )
    return representative
