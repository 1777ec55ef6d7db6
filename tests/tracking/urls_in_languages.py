"""A site whose include of our addresses stands where it should not: in `i18n_patterns`."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = i18n_patterns(path("leads/", include("wagtail_leads.urls")))
