"""Under /manage/guide/, in the namespace `manage`."""

from django.urls import path

from servicepoints import guide_manage_views as views

urlpatterns = [
    path("", views.overview, name="guide"),
    path("figures/", views.figures, name="guide_figures"),
    path("<int:number>/", views.version, name="guide_version"),
    path("<int:number>/publish/", views.publish, name="guide_publish"),
    path("start/", views.start_draft, name="guide_start_draft"),
    path("draft/", views.draft, name="guide_draft"),
    path("draft/preview/", views.preview, name="guide_preview"),
    path("draft/discard/", views.discard, name="guide_discard"),
    path("draft/questions/add/", views.add_question, name="guide_add_question"),
    path("draft/questions/<int:row_id>/", views.question, name="guide_question"),
    path("draft/questions/<int:row_id>/first/", views.begin_with, name="guide_begin_with"),
    path(
        "draft/questions/<int:row_id>/remove/",
        views.remove_question,
        name="guide_remove_question",
    ),
    path("draft/questions/<int:row_id>/answers/add/", views.add_choice, name="guide_add_choice"),
    path("draft/answers/<int:row_id>/", views.choice, name="guide_choice"),
    path("draft/answers/<int:row_id>/remove/", views.remove_choice, name="guide_remove_choice"),
    path("draft/endings/add/", views.add_ending, name="guide_add_ending"),
    path("draft/endings/<int:row_id>/", views.ending, name="guide_ending"),
    path("draft/endings/<int:row_id>/remove/", views.remove_ending, name="guide_remove_ending"),
]
