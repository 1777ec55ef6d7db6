"""The one URL include of the package: what visitors reach."""

from django.urls import path

from wagtail_leads import conf
from wagtail_leads.public import consent, documents, forms, mail, own_forms, privacy, tracking

app_name = "wagtail_leads"
urlpatterns = [
    path(conf.get("BEACON_SCRIPT"), tracking.script, name="script"),
    path(conf.get("BEACON_ENDPOINT"), tracking.beacon, name="beacon"),
    path("f/<str:token>", forms.post, name="form"),
    path("form/<str:slug>/", own_forms.own_form, name="own_form"),
    path("thanks/<str:token>", own_forms.thanks, name="thanks"),
    path("document/<int:pk>/", documents.page, name="document"),
    path("download/<str:token>/", documents.own_link, name="download"),
    path("l/<str:token>", mail.click, name="click"),
    path("o/<str:token>", mail.opened, name="open"),
    path("u/<str:token>", mail.unsubscribe, name="unsubscribe"),
    path("notice/", consent.answer, name="answer"),
    path("notice.css", consent.state, name="notice_state"),
    path("privacy/", privacy.page, name="privacy"),
]
