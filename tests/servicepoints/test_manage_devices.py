"""A manager enrols kiosks and lobby screens, and takes them out of use."""

import pytest
from django.urls import reverse

from accounts.models import Device, Role
from accounts.operations import enrol, new_device
from tests.factories import make_point, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def point():
    return make_point("malmi")


@pytest.fixture
def manager(client, point):
    client.force_login(make_staff(point, Role.Kind.MANAGER))
    client.cookies["django_language"] = "en"
    return client


def revoke_address(point, device):
    return reverse("manage:revoke_device", kwargs={"slug": point.slug, "device_id": device.pk})


def test_the_code_of_a_new_device_is_shown_once_and_enrols_it(manager, point):
    here = reverse("manage:devices", kwargs={"slug": point.slug})
    response = manager.post(here, {"kind": "kiosk", "name": "Kiosk by the door"})
    code = response.context["code"]

    assert code in response.content.decode()
    assert code not in manager.get(here).content.decode()
    assert enrol(code)[0] == Device.objects.get(name="Kiosk by the door")


@pytest.mark.parametrize("answers", [{}, {"kind": "kiosk"}, {"kind": "x", "name": "y"}])
def test_a_device_without_kind_or_name_is_refused(manager, point, answers):
    response = manager.post(reverse("manage:devices", kwargs={"slug": point.slug}), answers)

    assert response.status_code == 422 and not Device.objects.exists()


def test_a_device_is_taken_out_of_use(manager, point):
    device, code = new_device(point, Device.Kind.KIOSK, "Kiosk")
    enrol(code)
    response = manager.post(revoke_address(point, device), follow=True)

    device.refresh_from_db()
    assert device.revoked_at and "No longer in use" in response.content.decode()


def test_another_points_device_does_not_exist(manager, point):
    device, _code = new_device(make_point(), Device.Kind.KIOSK, "Kiosk")

    assert manager.post(revoke_address(point, device)).status_code == 404
    assert manager.post(revoke_address(device.service_point, device)).status_code == 404


def test_revoking_is_not_a_page_and_not_for_clerks(client, manager, point):
    device, _code = new_device(point, Device.Kind.KIOSK, "Kiosk")
    assert manager.get(revoke_address(point, device)).status_code == 405
    client.force_login(make_staff(point))

    assert client.post(revoke_address(point, device)).status_code == 403
