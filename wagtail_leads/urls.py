"""The one URL include of the package: what visitors reach."""

from django.urls import path

from wagtail_leads import conf
from wagtail_leads.public import consent, forms, mail, privacy, tracking

app_name = "wagtail_leads"
urlpatterns = [
    path(conf.get("BEACON_SCRIPT"), tracking.script, name="script"),
    path(conf.get("BEACON_ENDPOINT"), tracking.beacon, name="beacon"),
    path("f/<str:token>", forms.post, name="form"),
    path("l/<str:token>", mail.click, name="click"),
    path("o/<str:token>", mail.opened, name="open"),
    path("u/<str:token>", mail.unsubscribe, name="unsubscribe"),
    path("notice/", consent.answer, name="answer"),
    path("notice.css", consent.state, name="notice_state"),
    path("privacy/", privacy.page, name="privacy"),
]
