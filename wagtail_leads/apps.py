from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WagtailLeadsConfig(AppConfig):
    name = "wagtail_leads"
    label = "wagtail_leads"
    verbose_name = _("Leads")
    default_auto_field = "django.db.models.BigAutoField"
