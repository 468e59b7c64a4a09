"""Signing in and out under `/account/`. The names are those django-allauth looks for."""

from allauth.account import views as allauth_views
from django.urls import path

from accounts import identity_views, views

urlpatterns = [
    path("login/", views.RequestLoginCodeView.as_view(), name="account_login"),
    path("login/code/", views.RequestLoginCodeView.as_view(), name="account_request_login_code"),
    path(
        "login/code/confirm/",
        views.ConfirmLoginCodeView.as_view(),
        name="account_confirm_login_code",
    ),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("identify/", identity_views.identify, name="identify"),
    path("identify/callback/", identity_views.identified, name="identify_callback"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
]
