"""Who looked at whom: the ledger of accesses to personal data, for those who answer people's requests."""

from django.contrib.admin import SimpleListFilter
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from wagtail_leads.admin_ui.ledgers import LABELS, LedgerAdmin, LedgerPermissions
from wagtail_leads.admin_ui.permissions import may_handle_requests
from wagtail_leads.identity.models import AccessRecord, Lead

#: Leads of an export that are named on its page.
NAMED = 200


class DeskPermissions(LedgerPermissions):
    def user_can_list(self, user):
        return may_handle_requests(user)

    def user_can_inspect_obj(self, user, obj):
        return may_handle_requests(user)


class ByColleague(SimpleListFilter):
    """Django's own filter of a foreign key needs django.contrib.admin, which a site may leave out."""

    title = _("colleague")
    parameter_name = "colleague"

    def lookups(self, request, model_admin):
        users = get_user_model().objects.filter(pk__in=AccessRecord.objects.order_by().values("user"))
        return [(str(user.pk), user.get_full_name() or user.get_username()) for user in users]

    def queryset(self, request, queryset):
        return queryset.filter(user=self.value()) if self.value() in dict(self.lookup_choices) else queryset


class AccessLedger(LedgerAdmin):
    model = AccessRecord
    base_url_path = "leads/accesses"
    menu_icon = "view"
    permission_helper_class = DeskPermissions
    #: Whoever answers requests sees all of it.
    lead_path = ""
    explanation = _(
        "Which colleague opened a lead's page (once an hour is one line), exported leads, or gave a person their data. "
        "Nothing is changed afterwards. Whether one person was in an export, the page of their request says."
    )
    LABELS = LABELS | {"user": _("colleague"), "what": _("what"), "count": _("how many"), "detail": _("detail")}
    list_display = ("at", "what", "who", "lead_link", "count", "detail")
    list_filter = ("what", ByColleague, "at")
    list_select_related = ("lead", "user")
    search_fields = ("lead__name", "lead__email", "user__username", "detail")
    ordering = ("-at",)
    list_export = ("at", "what", "user", "lead", "count", "detail")
    export_filename = "accesses"
    inspect_view_fields = ["at", "what", "user", "lead", "count", "detail", "leads"]

    def who(self, row):
        if row.user is None:
            return _("the person, or a command")
        return row.user.get_full_name() or row.user.get_username()

    who.short_description = _("colleague")
    who.admin_order_field = "user"

    def inspect_user(self, row):
        return self.who(row)

    def inspect_what(self, row):
        return row.get_what_display()

    def inspect_leads(self, row):
        """Whom an export held: those that are there still."""
        pks = list(row.leads or ())
        if not pks:
            return "–"
        found = Lead.objects.living().filter(pk__in=pks[:NAMED]).order_by("name", "pk")
        links = [(reverse("wagtail_leads_leads:inspect", args=(lead.pk,)), str(lead)) for lead in found]
        more = len(pks) - len(links)
        named = format_html_join(", ", '<a href="{}">{}</a>', links)
        return format_html(_("{}; {} more, or erased since"), named, more) if more else named
