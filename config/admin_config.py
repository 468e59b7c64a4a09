"""Names our admin site to Django, before any model is loaded."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "config.admin_site.AdminSite"
