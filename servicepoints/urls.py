"""Pages for everybody about what is offered."""

from django.urls import path

from servicepoints import guide_views

urlpatterns = [path("guide/", guide_views.guide, name="guide")]
