"""A form's own report: seen → begun → sent, and where people leave."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui.permissions import may_view
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.reports.forms import Funnel, funnel_of

PERIODS = (7, 30, 90, 365)
STANDARD = 30


@dataclass(frozen=True, kw_only=True)
class Step:
    label: str
    count: int
    #: Of the step before, in per cent; None where that cannot be said.
    share: int | None
    note: str = ""


class FormReportView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/forms/report.html"
    header_icon = "form"
    page_title = gettext_lazy("What became of it")
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not may_view(request.user, LeadForm):
            raise PermissionDenied
        self.form = get_object_or_404(LeadForm, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return str(self.form)

    def get_breadcrumbs_items(self):
        edit = {"url": reverse("wagtail_leads_forms:edit", args=[self.form.pk]), "label": str(self.form)}
        lists = {"url": reverse("wagtail_leads_forms:list"), "label": _("Forms")}
        return [*self.breadcrumbs_items, lists, edit, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        told = self.request.GET.get("days", "")
        days = int(told) if told in [str(period) for period in PERIODS] else STANDARD
        found = funnel_of(self.form, since=timezone.now() - timedelta(days=days))
        most = max((count for _label, count in found.last_fields), default=1)
        return super().get_context_data(
            **kwargs,
            form_object=self.form,
            days=days,
            periods=[(one, ngettext("%(n)d day", "%(n)d days", one) % {"n": one}, one == days) for one in PERIODS],
            funnel=found,
            steps=steps_of(found),
            fields=[(label or _("not known"), count, 100 * count // most) for label, count in found.last_fields],
            held_url=reverse("wagtail_leads_held_forms") if found.held else "",
        )


def steps_of(found: Funnel) -> list[Step]:
    """In their order, each with its share of the one before. What was sent without JavaScript was never told as seen."""
    steps, before = [], None
    for label, count in ((_("Seen"), found.seen), (_("Begun"), found.begun), (_("Sent"), found.sent)):
        share = min(100, round(100 * count / before)) if before else None
        steps.append(Step(label=label, count=count, share=share))
        before = count
    return steps
