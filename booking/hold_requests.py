"""How often a time can be held (T1)."""

import uuid

from django.conf import settings

from accounts.exceptions import TooFast
from accounts.limits import Limit, admit
from accounts.models import User
from booking.models import Appointment


def admit_hold(
    user: User,
    network: str,
    request_id: uuid.UUID | None,
    *,
    holder: User,
    proof: str = "",
) -> None:
    """
    Count one more hold that `user` asks for, and of the network it comes from; refuse as `admit`.

    The hold will be `holder`'s, whom `user` may represent. A request that got its time already,
    and is sent again, passes: its answer is the same (P5).
    """
    mine, here = settings.HOLDS_PER_PERSON, settings.HOLDS_PER_NETWORK
    times = settings.REFUSED_ABOVE_TIMES
    limits = [
        Limit("hold-person", str(user.pk), free=mine, most=mine * times),
        Limit("hold-network", network, free=here, most=here * times),
    ]
    try:
        admit(limits, proof=proof)
    except TooFast:
        answered = Appointment.objects.filter(user=holder, request_id=request_id)
        if request_id is None or not answered.exists():
            raise
