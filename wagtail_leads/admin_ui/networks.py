"""Networks that nobody can name, to be classified with one click; and the list of what people said of networks."""

import contextlib

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads import conf
from wagtail_leads.admin_ui.company_files import no_files
from wagtail_leads.admin_ui.company_page import may_change_or_403
from wagtail_leads.admin_ui.company_tabs import above, tabs
from wagtail_leads.admin_ui.market import AboutCompanies
from wagtail_leads.admin_ui.permissions import may, may_export_companies, may_view, visible_leads
from wagtail_leads.companies.credits import present_credits
from wagtail_leads.companies.models import NETWORK_ACTION_LABELS, Company, CompanyNetwork
from wagtail_leads.companies.operations import company_by_name
from wagtail_leads.companies.own_networks import Statement, drop_networks, put_networks, written_networks
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.companies.taking_back import (
    Chosen,
    StillNamed,
    TakenBack,
    choose_company,
    click_networks,
    clicked,
    delete_company,
    take_back,
)
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.networks import BadNetwork, TooWide
from wagtail_leads.logic.plain_text import one_line
from wagtail_leads.reports import networks as report
from wagtail_leads.tracking.naming import settle_visits

PAGE, OWN_PAGE = 25, 50
#: Names that the field for a company offers while one types.
NAMES = 300
#: Networks that are classified with one click at the most.
MOST = 200


class CompaniesScreen(WagtailAdminTemplateMixin, TemplateView):
    """A page among the screens about companies, for those who may see companies."""

    header_icon = "site"
    tab = ""

    @cached_property
    def with_companies(self) -> bool:
        """Own offices and addresses matter also where only people are sold to; companies do not."""
        return sells_to_companies()

    def dispatch(self, request, *args, **kwargs):
        if not may_view(request.user, Company):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            may_change_or_403(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, above(self.with_companies), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            **kwargs,
            tabs=tabs(user, self.tab),
            may_change=may(user, "change", Company),
            with_companies=self.with_companies,
            credits=present_credits(),
        )


def query_of(request) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:100]


def known_names() -> list[str]:
    """What the field for a company offers; any other name makes a company."""
    return list(Company.objects.living().order_by("-last_seen_at", "name").values_list("name", flat=True)[:NAMES])


class NetworksView(AboutCompanies, CompaniesScreen):
    template_name = "wagtail_leads/admin/companies/networks.html"
    page_title = gettext_lazy("Unknown networks")
    tab = "networks"
    http_method_names = ["get", "head", "options", "post"]

    def get_context_data(self, **kwargs):
        query = query_of(self.request)
        networks = report.unresolved()
        page = Paginator(report.grouped(report.found_by(networks, query) if query else networks), PAGE).get_page(
            self.request.GET.get("p")
        )
        user = self.request.user
        may_change = may(user, "change", Company)
        return super().get_context_data(
            **kwargs,
            query=query,
            page_obj=page,
            groups=report.groups_of(page.object_list),
            suggestions=report.suggestions(visible=visible_leads(user), now=timezone.now()),
            names=known_names() if may_change else [],
            done=clicked(self.request.GET.get("done", "")) if may_change else [],
            done_word=self.request.GET.get("done", ""),
            **no_files(),
            reverse_dns=conf.get("REVERSE_DNS"),
        )

    def post(self, request):
        if "undo" in request.POST:
            return self._undo(request)
        now = timezone.now()
        try:
            statements, chosen = _statements(request.POST, now)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(_back(request))
        word = click_networks(statements, chosen, by=request.user, now=now)
        visits = settle_visits([one.cidr for one in statements], now=now)
        messages.success(request, _said(statements, visits))
        return redirect(_back(request, done=word))

    def _undo(self, request):
        now = timezone.now()
        taken = take_back(request.POST["undo"], now=now)
        if not taken.cidrs:
            messages.error(request, _("There is nothing to take back: it was taken back already, or changed since."))
            return redirect(_back(request))
        settle_visits(taken.cidrs, now=now)
        _restore(taken)
        messages.success(request, _("Taken back."))
        return redirect(_back(request))


def _restore(taken: TakenBack) -> None:
    """The companies of a click that was taken back: as they were before."""
    for company in taken.made:
        with contextlib.suppress(StillNamed):
            delete_company(company)
    known = Lead.objects.filter(company__in=taken.was_guessed).values_list("company_id", flat=True)
    still = {*known, *CompanyNetwork.objects.filter(company__in=taken.was_guessed).values_list("company_id", flat=True)}
    guessed = [company.pk for company in taken.was_guessed if company.pk not in still and not company.is_target]
    Company.objects.filter(pk__in=guessed).update(is_guessed=True)


def _back(request, **more) -> str:
    kept = {name: request.POST[name] for name in ("q", "p") if request.POST.get(name)}
    query = urlencode(kept | more)
    return reverse("wagtail_leads_networks") + (f"?{query}" if query else "")


class Refused(ValueError):
    """The message says what is missing."""


def _statements(post, now) -> tuple[list[Statement], Chosen | None]:
    """One row's button, or the buttons below for all that are ticked."""
    cidrs = post.getlist("cidr")[:MOST]
    if not cidrs:
        raise Refused(_("Tick the networks first."))
    try:
        action = NetworkAction(post.get("action", ""))
        networks = [one for text in cidrs for one in written_networks(text)]
    except ValueError as error:
        raise Refused(_("This is no network.")) from error
    chosen = None
    if action == NetworkAction.COMPANY:
        chosen = choose_company(one_line(post.get("company", ""))[:200], now=now)
        if chosen is None:
            raise Refused(_("Enter the company's name."))
    company = chosen and chosen.company
    return [Statement(cidr=cidr, action=action, company=company) for cidr in networks], chosen


def _said(statements: list[Statement], visits: int) -> str:
    one = statements[0]
    count = len(statements)
    what = one.cidr if count == 1 else ngettext("%(count)d network", "%(count)d networks", count) % {"count": count}
    words = {"networks": what, "company": one.company or ""}
    if one.action == NetworkAction.COMPANY:
        text = _("%(networks)s: belongs to %(company)s.") % words
    elif one.action == NetworkAction.IGNORE:
        text = _("%(networks)s: new visits from there are left out.") % words
    else:
        text = _("%(networks)s: never a company.") % words
    return " ".join(part for part in (text, _earlier(one.action, visits)) if part)


def _earlier(action: NetworkAction, visits: int) -> str:
    """What became of the visits from before; '' when there were none."""
    if not visits:
        return ""
    if action == NetworkAction.IGNORE:
        text = ngettext(
            "%(count)d earlier visit is not shown any more.", "%(count)d earlier visits are not shown any more.", visits
        )
    else:
        text = ngettext("%(count)d earlier visit follows.", "%(count)d earlier visits follow.", visits)
    return text % {"count": visits}


# --- What people said -----------------------------------------------------------------------------------------------


class OwnNetworksView(CompaniesScreen):
    template_name = "wagtail_leads/admin/companies/own_networks.html"
    page_title = gettext_lazy("Own networks")
    tab = "own"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs):
        query, action = query_of(self.request), self.request.GET.get("action", "")
        rows = CompanyNetwork.objects.select_related("company__merged_into", "created_by").order_by("cidr", "pk")
        if query:
            rows = rows.filter(
                Q(cidr__startswith=query)
                | Q(company__name__icontains=query)
                | Q(company__merged_into__name__icontains=query)
                | Q(note__icontains=query)
            )
        if action in {one.value for one in NetworkAction}:
            rows = rows.filter(action=action)
        return super().get_context_data(
            **kwargs,
            query=query,
            action=action,
            actions=[(one.value, label) for one, label in NETWORK_ACTION_LABELS.items()],
            page_obj=Paginator(rows, OWN_PAGE).get_page(self.request.GET.get("p")),
            from_settings=conf.get("OWN_NETWORKS"),
            may_export=may_export_companies(self.request.user),
        )


class NetworkForm(forms.Form):
    cidr = forms.CharField(
        label=gettext_lazy("Network"),
        max_length=100,
        help_text=gettext_lazy("203.0.113.0/24, one address, or a range: 203.0.113.8-203.0.113.15. IPv6 too."),
    )
    action = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=[(one.value, label) for one, label in NETWORK_ACTION_LABELS.items()],
        initial=NetworkAction.COMPANY.value,
        widget=forms.RadioSelect,
    )
    company = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("A name that is not known yet makes a company."),
        widget=forms.TextInput(attrs={"list": "lx-companies", "autocomplete": "off"}),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args, present: CompanyNetwork | None = None, with_companies: bool = True, **kwargs):
        self.present = present
        super().__init__(*args, **kwargs)
        if present is not None:
            self.fields["cidr"].disabled = True
        if not with_companies and (present is None or present.company_id is None):
            del self.fields["company"]
            action = self.fields["action"]
            action.choices = [pair for pair in action.choices if pair[0] != NetworkAction.COMPANY.value]
            action.initial = NetworkAction.IGNORE.value

    def clean_cidr(self) -> list[str]:
        text = self.cleaned_data["cidr"]
        try:
            cidrs = written_networks(text)
        except TooWide as error:
            raise forms.ValidationError(
                _("This network is too wide: /8 (IPv4) or /16 (IPv6) is the widest.")
            ) from error
        except BadNetwork as error:
            raise forms.ValidationError(_("This is no network.")) from error
        if self.present is None and CompanyNetwork.objects.filter(cidr__in=cidrs).exists():
            raise forms.ValidationError(_("This network is in the list already."))
        return cidrs

    def clean_company(self) -> str:
        return one_line(self.cleaned_data["company"])

    def clean_note(self) -> str:
        return one_line(self.cleaned_data["note"])

    def clean(self):
        values = super().clean()
        if values.get("action") == NetworkAction.COMPANY.value and not company_match_key(values.get("company", "")):
            self.add_error("company", _("Enter the company's name."))
        return values

    def statements(self, now) -> list[Statement]:
        values = self.cleaned_data
        action = NetworkAction(values["action"])
        company = company_by_name(values["company"], now=now) if action == NetworkAction.COMPANY else None
        return [Statement(cidr=c, action=action, company=company, note=values["note"]) for c in values["cidr"]]


class NetworkEdit(CompaniesScreen):
    """Add one, or change what was said of one; POST with `delete` takes it back."""

    template_name = "wagtail_leads/admin/companies/network_form.html"
    tab = "own"
    http_method_names = ["get", "head", "options", "post"]

    def dispatch(self, request, *args, **kwargs):
        may_change_or_403(request.user)
        self.row = None
        if "pk" in kwargs:
            self.row = CompanyNetwork.objects.select_related("company__merged_into").filter(pk=kwargs["pk"]).first()
            if self.row is None:
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    @property
    def page_title(self):
        return str(self.row) if self.row else _("Add a network")

    def get_breadcrumbs_items(self):
        own = {"url": reverse("wagtail_leads_own_networks"), "label": _("Own networks")}
        *above, here = super().get_breadcrumbs_items()
        return [*above, own, here]

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or self._form()
        return super().get_context_data(**kwargs, form=form, row=self.row, names=known_names())

    def _form(self, data=None) -> NetworkForm:
        initial = {"cidr": self.request.GET.get("cidr", "")[:100]}
        if self.row is not None:
            company = self.row.company and (self.row.company.merged_into or self.row.company)
            initial = {
                "cidr": self.row.cidr,
                "action": self.row.action,
                "company": company.name if company else "",
                "note": self.row.note,
            }
        return NetworkForm(data, initial=initial, present=self.row, with_companies=self.with_companies)

    def post(self, request, **kwargs):
        now = timezone.now()
        if self.row is not None and "delete" in request.POST:
            settle_visits(drop_networks([self.row.pk]), now=now)
            messages.success(request, _("%(network)s is taken off the list.") % {"network": self.row})
            return redirect("wagtail_leads_own_networks")
        form = self._form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        statements = form.statements(now)
        put_networks(statements, by=request.user, now=now)
        visits = settle_visits([one.cidr for one in statements], now=now)
        messages.success(request, _said(statements, visits))
        return redirect("wagtail_leads_own_networks")
