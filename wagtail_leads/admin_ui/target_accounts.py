"""Target accounts: the companies one wants to hear of. The list, and a file of them."""

from django.core.paginator import Paginator
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wagtail_leads.admin_ui.companies import last_seen
from wagtail_leads.admin_ui.company_page import may_change_or_403
from wagtail_leads.admin_ui.csv_import import Column, CsvImport, Preview
from wagtail_leads.admin_ui.market import AboutCompanies
from wagtail_leads.admin_ui.network_files import error_words
from wagtail_leads.admin_ui.networks import CompaniesScreen
from wagtail_leads.admin_ui.permissions import visible_companies, visible_leads
from wagtail_leads.companies.imports import import_targets, known_targets
from wagtail_leads.logic.corporate_number import formatted
from wagtail_leads.logic.target_files import read_targets
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.sales.models import TargetAlert
from wagtail_leads.tracking.naming import settle_visits

PAGE = 50
ALERTS = 10


class TargetsView(AboutCompanies, CompaniesScreen):
    template_name = "wagtail_leads/admin/companies/targets.html"
    page_title = gettext_lazy("Target accounts")
    tab = "targets"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        may_change_or_403(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        user = self.request.user
        targets = visible_companies(user).filter(is_target=True).annotate(seen_at=last_seen(visible_leads(user)))
        targets = targets.order_by(F("seen_at").desc(nulls_last=True), "name")
        alerts = TargetAlert.objects.select_related("company__merged_into").order_by("-at", "-pk")[:ALERTS]
        return super().get_context_data(
            **kwargs,
            page_obj=Paginator(targets, PAGE).get_page(self.request.GET.get("p")),
            alerts=[(alert, alert.company.merged_into or alert.company) for alert in alerts],
            has_staff=bool(sender_of(None).staff_list()),
            sender_url=reverse("wagtailsettings:edit", args=["wagtail_leads", "senderdetails"]),
        )


class TargetsImport(AboutCompanies, CsvImport):
    page_title = gettext_lazy("Import target accounts")
    tab = "targets"
    done_url_name = "wagtail_leads_targets"
    parent = ("wagtail_leads_targets", gettext_lazy("Target accounts"))
    about = gettext_lazy("The companies that you want to hear of. A row needs a name, a domain or a corporate number.")
    columns = (
        Column(name="name", about=gettext_lazy("in any way of writing: 株式会社, ㈱, (株), Co., Ltd.")),
        Column(
            name="domain", about=gettext_lazy("its web or mail domain; finds the company in files that give a domain")
        ),
        Column(name="cidr", about=gettext_lazy("its network, if you know it: the surest way")),
        Column(name="corporate_number", about=gettext_lazy("法人番号, 13 digits")),
        Column(name="note", about=gettext_lazy("what you want to remember")),
    )
    sample = (
        "name,domain,cidr,corporate_number,note\r\n"
        "サンプル工業株式会社,sample.co.jp,203.0.113.0/24,9234567890123,\r\nSample Works Ltd.,sample-works.com,,,\r\n"
    )

    def preview(self, data: bytes) -> Preview:
        reading = read_targets(data)
        known = known_targets(reading.rows)
        new = len(reading.rows) - known
        return Preview(
            headings=[_("Row"), _("Name"), _("Domain"), _("Network"), _("Corporate number"), _("Note")],
            rows=[
                [row.number, row.name, row.domain, ", ".join(row.cidrs), formatted(row.corporate_number), row.note]
                for row in reading.rows[: self.shown]
            ],
            good=len(reading.rows),
            errors=[(error.number, error.text, error_words(error)) for error in reading.errors],
            unknown=reading.unknown,
            notes=[_("%(known)d of them are known already, %(new)d are new.") % {"known": known, "new": new}],
        )

    def take(self, data: bytes) -> str:
        now = timezone.now()
        rows = read_targets(data).rows
        networks = import_targets(rows, by=self.request.user, now=now)
        if networks:
            settle_visits(networks, now=now)
        text = ngettext("%(count)d company is a target account.", "%(count)d companies are target accounts.", len(rows))
        return text % {"count": len(rows)}
