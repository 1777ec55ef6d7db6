"""The one URL include of the package: what visitors reach."""

from django.urls import path

from wagtail_leads import conf
from wagtail_leads.public import (
    confirm,
    consent,
    documents,
    form_signals,
    forms,
    known,
    mail,
    my_data,
    own_forms,
    pop_ups,
    preferences,
    privacy,
    second_device,
    tracking,
)

app_name = "wagtail_leads"
urlpatterns = [
    path(conf.get("BEACON_SCRIPT"), tracking.script, name="script"),
    path(conf.get("BEACON_ENDPOINT"), tracking.beacon, name="beacon"),
    path("f/<str:token>", forms.post, name="form"),
    path("form/<str:slug>/", own_forms.own_form, name="own_form"),
    path("form/<str:token>/mine/", known.mine, name="form_mine"),
    path("fs", form_signals.signal, name="form_signal"),
    path("pop-up/<int:pk>/", pop_ups.pop_up, name="pop_up"),
    path("again/<str:token>/", second_device.again, name="again"),
    path("open/<str:token>/", second_device.way_in, name="way_in"),
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("thanks/<str:token>", own_forms.thanks, name="thanks"),
    path("document/<int:pk>/", documents.page, name="document"),
    path("download/<str:token>/", documents.own_link, name="download"),
    path("l/<str:token>", mail.click, name="click"),
    path("o/<str:token>", mail.opened, name="open"),
    path("u/<str:token>", mail.unsubscribe, name="unsubscribe"),
    path("notice/", consent.answer, name="answer"),
    path("notice.css", consent.state, name="notice_state"),
    path("privacy/", privacy.page, name="privacy"),
    path("privacy/my-data/", my_data.ask, name="my_data_ask"),
    path("privacy/my-data/<str:token>/", my_data.page, name="my_data"),
    path("privacy/my-data/<str:token>/download/", my_data.download, name="my_data_download"),
    path("preferences/<str:token>/", preferences.page, name="preferences"),
]
