"""A site whose addresses begin with the language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("cms/", include(wagtailadmin_urls)),
    path("leads/", include("wagtail_leads.urls")),
    *i18n_patterns(path("", include(wagtail_urls))),
]
