"""The project's URLs with the mailbox, as `manage.py up` has them."""

from django.urls import include, path

from config.urls import urlpatterns as project

urlpatterns = [path("-/mailbox/", include("config.mailbox_urls")), *project]
