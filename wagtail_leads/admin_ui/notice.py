"""The notice as visitors see it, in every language of each site, before it is shown to anybody."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Locale, Site

from wagtail_leads.admin_ui.settings_hub import may_see_notice
from wagtail_leads.tracking.models import CONSENT_MODE_LABELS, TrackingSettings
from wagtail_leads.tracking.rendering import preview_of
from wagtail_leads.tracking.site_rules import SiteRules, refresh, rules_of


@dataclass(frozen=True, kw_only=True)
class Preview:
    language: str
    label: str
    html: str


@dataclass(frozen=True, kw_only=True)
class SitePreview:
    name: str
    mode: str
    #: Is the notice shown on pages now?
    is_shown: bool
    edit_url: str
    previews: tuple[Preview, ...]


def find_previews() -> list[SitePreview]:
    refresh()  # what was just saved
    languages = list(Locale.objects.values_list("language_code", flat=True))
    return [_of_site(site, rules_of(site.pk), languages) for site in Site.objects.order_by("-is_default_site", "pk")]


def _of_site(site: Site, rules: SiteRules, languages: list[str]) -> SitePreview:
    opts = TrackingSettings._meta
    return SitePreview(
        name=str(site),
        mode=CONSENT_MODE_LABELS[rules.mode],
        is_shown=rules.asks,
        edit_url=reverse("wagtailsettings:edit", args=[opts.app_label, opts.model_name, site.pk]),
        previews=tuple(_in_language(rules, code) for code in languages) if rules.asks else (),
    )


def _in_language(rules: SiteRules, code: str) -> Preview:
    return Preview(language=code, label=_name_of(code), html=preview_of(rules, language=code))


def _name_of(code: str) -> str:
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:  # a language that Django does not know
        return code


class NoticeView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/settings_hub/notice.html"
    page_title = gettext_lazy("The notice as visitors see it")
    header_icon = "desktop"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not may_see_notice(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
        return [*self.breadcrumbs_items, hub, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        told = {"sites": find_previews(), "privacy_url": reverse("wagtail_leads:privacy")}
        return super().get_context_data(**kwargs, **told)
