import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Role
from config.navigation import links_for, sign_in_url
from tests.factories import make_point, make_representative, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf):
    def request(user, path="/"):
        made = rf.get(path)
        made.user = user
        return made

    return request


def urls(request):
    return [link.url for link in links_for(request)]


def test_an_applicant_sees_nothing_of_staff(request_of):
    applicant = make_user()
    for user in (AnonymousUser(), applicant):
        assert urls(request_of(user)) == ["/book/", "/visits/"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Role.Kind.CLERK, ["/desk/"]),
        (Role.Kind.ADVISER, ["/desk/"]),
        (Role.Kind.MANAGER, ["/desk/", "/manage/"]),
    ],
)
def test_staff_see_the_places_of_their_role(request_of, kind, expected):
    assert urls(request_of(make_staff(make_point(), kind)))[2:] == expected


def test_an_administrator_sees_all(request_of):
    administrator = make_user(is_staff=True, is_superuser=True)
    assert urls(request_of(administrator))[2:] == ["/desk/", "/manage/", "/admin/"]


def test_a_representative_sees_the_clients(request_of):
    assert urls(request_of(make_representative().user)) == ["/book/", "/visits/", "/clients/"]


def test_the_page_being_read_is_the_current_one(request_of):
    links = links_for(request_of(AnonymousUser(), "/visits/123/"))
    assert [link.url for link in links if link.is_current] == ["/visits/"]


def test_signing_in_leads_back_to_the_page(request_of):
    url = sign_in_url(request_of(AnonymousUser(), "/points/helsinki/?day=1"))
    assert url == "/account/login/?next=%2Fpoints%2Fhelsinki%2F%3Fday%3D1"


def test_signing_in_does_not_lead_back_to_signing_in(request_of):
    assert sign_in_url(request_of(AnonymousUser(), "/account/login/code/")) == "/account/login/"
