"""Devices are enrolled once, work for their own kind, and stop when they are revoked (T8)."""

import datetime

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts import devices, operations
from accounts.exceptions import CodeRefused, DeviceRefused, TooManyTries
from accounts.models import Device
from accounts.tries import count_try, forget_tries
from tests.factories import make_point

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


def enrolled(kind: str = Device.Kind.KIOSK) -> tuple[Device, str]:
    _device, code = operations.new_device(make_point(), kind, "Entrance")
    return operations.enrol(code)


def request_with(device: Device, token: str, name: str = ""):
    response = HttpResponse()
    devices.give_cookie(response, device, token)
    request = RequestFactory().get("/kiosk/")
    (morsel,) = response.cookies.values()
    request.COOKIES[name or morsel.key] = morsel.value
    return request


def test_a_code_enrols_one_device_once():
    device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Entrance")

    assert operations.enrol(code)[0] == device
    with pytest.raises(CodeRefused):
        operations.enrol(code)


def test_a_code_may_be_typed_in_lower_case_with_spaces():
    device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Entrance")

    assert operations.enrol(f" {code[:5].lower()} {code[5:]} ")[0] == device


def test_a_code_is_refused_after_fifteen_minutes():
    _device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Entrance")
    Device.objects.update(code_expires_at=timezone.now() - datetime.timedelta(seconds=1))

    with pytest.raises(CodeRefused):
        operations.enrol(code)


def test_an_empty_code_enrols_nothing():
    enrolled()

    with pytest.raises(CodeRefused):
        operations.enrol("")


def test_neither_code_nor_token_is_kept():
    device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Entrance")
    kept = str(Device.objects.filter(pk=device.pk).values().get())
    _device, token = operations.enrol(code)
    kept += str(Device.objects.filter(pk=device.pk).values().get())

    assert code not in kept
    assert token not in kept


def test_an_enrolled_device_is_known_by_its_cookie():
    device, token = enrolled()

    assert devices.device_from(request_with(device, token), Device.Kind.KIOSK) == device


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites():
    device, token = enrolled()
    response = HttpResponse()
    devices.give_cookie(response, device, token)
    (morsel,) = response.cookies.values()

    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"


def test_a_revoked_device_is_refused_at_its_next_request():
    device, token = enrolled()
    request = request_with(device, token)
    operations.revoke(device)

    with pytest.raises(DeviceRefused):
        devices.device_from(request, Device.Kind.KIOSK)


def test_a_kiosk_is_not_a_lobby_screen():
    device, token = enrolled(Device.Kind.KIOSK)
    Device.objects.filter(pk=device.pk).update(kind=Device.Kind.DISPLAY)

    with pytest.raises(DeviceRefused):
        devices.device_from(request_with(device, token), Device.Kind.KIOSK)


def test_a_token_moved_to_the_cookie_of_another_kind_is_nothing():
    device, token = enrolled(Device.Kind.KIOSK)
    request = request_with(device, token, name=devices.cookie_name(Device.Kind.DISPLAY))

    assert devices.device_from(request, Device.Kind.DISPLAY) is None


def test_a_code_that_was_never_used_dies_with_its_device():
    device, code = operations.new_device(make_point(), Device.Kind.KIOSK, "Entrance")
    operations.revoke(device)

    with pytest.raises(CodeRefused):
        operations.enrol(code)


def test_the_sixth_try_in_an_hour_is_refused():
    for _ in range(5):
        count_try("enrol", "192.0.2.1", limit=5, period=HOUR)

    with pytest.raises(TooManyTries):
        count_try("enrol", "192.0.2.1", limit=5, period=HOUR)
    count_try("enrol", "192.0.2.2", limit=5, period=HOUR)


def test_tries_begin_anew_after_an_hour_and_after_a_success():
    for who in ("192.0.2.1", "192.0.2.2"):
        count_try("enrol", who, limit=1, period=HOUR)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_trycount SET ends_at = ends_at - interval '61 minutes' "
            "WHERE key LIKE 'enrol:%%'"
        )
    count_try("enrol", "192.0.2.1", limit=1, period=HOUR)
    forget_tries("enrol", "192.0.2.1")
    count_try("enrol", "192.0.2.1", limit=1, period=HOUR)
