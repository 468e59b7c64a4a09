"""One code, many devices: the token is given once (T8)."""

from functools import partial

import pytest

from accounts import operations
from accounts.exceptions import CodeRefused
from accounts.models import Device
from tests.factories import make_point
from tests.races.racing import Meeting, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_code_typed_on_many_devices_at_one_moment_gives_one_token():
    device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Hall")

    outcomes = race([partial(operations.enrol, code)] * 20)

    assert kinds(outcomes) == {"CodeRefused": 19, "tuple": 1}
    [(enrolled, token)] = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    assert (enrolled, enrolled.token_hash) == (device, operations.hash_of_token(token))


def naive_enrol(device: Device, code_hash: str, token: str, meeting: Meeting) -> str:
    """See that the code is unused, then give a token."""
    if Device.objects.get(pk=device.pk).code_hash != code_hash:
        raise CodeRefused
    meeting.wait()
    hashed = operations.hash_of_token(token)
    Device.objects.filter(pk=device.pk).update(token_hash=hashed, code_hash="")
    return token


def test_a_code_typed_on_many_devices_gives_many_tokens_without_the_guard():
    device, _code = operations.new_device(make_point(), Device.Kind.KIOSK, "Hall")
    meeting = Meeting(20)

    outcomes = race(
        [partial(naive_enrol, device, device.code_hash, f"token {n}", meeting) for n in range(20)]
    )

    assert len(set(outcomes)) == 20
