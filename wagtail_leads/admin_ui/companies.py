"""Companies: who came, from leads' addresses or guessed from the network. The page of one company is `company_page`."""

from datetime import datetime, timedelta
from datetime import timezone as tz

import django_filters
from django import forms
from django.db.models import Count, DateTimeField, Exists, F, IntegerField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Greatest, NullIf
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_leads.admin_ui.company_files import no_files
from wagtail_leads.admin_ui.company_page import (
    CompanyPage,
    DeleteView,
    MergeView,
    TargetView,
    UndoMergeView,
    company_or_404,
    company_url,
)
from wagtail_leads.admin_ui.company_tabs import tabs
from wagtail_leads.admin_ui.exports import SafeExport, with_zone
from wagtail_leads.admin_ui.market import AboutCompanies
from wagtail_leads.admin_ui.permissions import may_export_companies, visible_companies, visible_leads
from wagtail_leads.companies.credits import present_credits
from wagtail_leads.companies.models import Company, Network
from wagtail_leads.companies.operations import NameTaken, give_domain, rename
from wagtail_leads.companies.queries import holder_of_domain, living_keys
from wagtail_leads.logic.addresses import is_free_mail, registrable_domain
from wagtail_leads.logic.corporate_number import BadCorporateNumber, parse_corporate_number
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.plain_text import one_line, paragraphs
from wagtail_leads.logic.target_files import domain_of, host_of
from wagtail_leads.reports.company_facts import told_visits
from wagtail_leads.tracking.models import Visit

MONTH = timedelta(days=30)
#: Earlier than any visit; stands for "never" inside a comparison.
NEVER = datetime(1970, 1, 1, tzinfo=tz.utc)
#: Places that the filter offers.
PLACES = 200


def places() -> list[tuple[str, str]]:
    """("JP|東京都", "東京都 (JP)") of the networks that were seen."""
    rows = Network.objects.exclude(country="").values_list("country", "region").distinct().order_by("country", "region")
    found = [
        (f"{country}|{region}", f"{region} ({country})" if region else country) for country, region in rows[:PLACES]
    ]
    countries = {value.partition("|")[0] for value, _label in found}
    whole = [(f"{country}|", country) for country in sorted(countries) if f"{country}|" not in dict(found)]
    return sorted(whole + found, key=lambda pair: pair[0])


class CompanyFilters(WagtailFilterSet):
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=[("guessed", gettext_lazy("guessed company")), ("known", gettext_lazy("known by a lead"))],
        empty_label=gettext_lazy("All"),
        method="by_kind",
        widget=forms.RadioSelect,
    )
    is_target = django_filters.ChoiceFilter(
        label=gettext_lazy("Target account"),
        choices=[("1", gettext_lazy("Yes")), ("0", gettext_lazy("No"))],
        empty_label=gettext_lazy("All"),
        method="by_target",
        widget=forms.RadioSelect,
    )
    seen = django_filters.ChoiceFilter(
        label=gettext_lazy("Last seen"),
        choices=[
            ("1", gettext_lazy("today and yesterday")),
            ("7", gettext_lazy("in the last 7 days")),
            ("30", gettext_lazy("in the last 30 days")),
            ("90", gettext_lazy("in the last 90 days")),
        ],
        empty_label=gettext_lazy("All"),
        method="by_seen",
        widget=forms.RadioSelect,
    )
    place = django_filters.ChoiceFilter(
        label=gettext_lazy("Prefecture or country"), choices=places, empty_label=gettext_lazy("All"), method="by_place"
    )

    class Meta:
        model = Company
        fields = []

    def by_kind(self, companies, name, value):
        return companies.filter(is_guessed=value == "guessed")

    def by_target(self, companies, name, value):
        return companies.filter(is_target=value == "1")

    def by_seen(self, companies, name, value):
        return companies.filter(seen_at__gte=timezone.now() - timedelta(days=int(value)))

    def by_place(self, companies, name, value):
        country, _bar, region = value.partition("|")
        there = Visit.objects.filter(country=country, **({"region": region} if region else {}))
        there = told_visits(there, visible_leads(self.request.user))
        return companies.filter(
            Exists(there.filter(company=OuterRef("pk"))) | Exists(there.filter(company__merged_into=OuterRef("pk")))
        )


def of_family(rows: QuerySet, aggregate, output_field) -> tuple:
    """An aggregate over the rows of a company, and over those of its aliases: two subqueries that use the index."""
    return tuple(
        Subquery(
            rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=aggregate).values("n"),
            output_field=output_field,
        )
        for path in ("company", "company__merged_into")
    )


def counted(rows: QuerySet):
    """How many rows belong to a company and its aliases: no join multiplies another."""
    own, aliases = of_family(rows, Count("pk"), IntegerField())
    return Coalesce(own, 0) + Coalesce(aliases, 0)


def last_seen(visible: QuerySet):
    """The latest visit of the family that the reader may know of, or when it was seen in a network."""
    # MariaDB compares a bare parameter as text
    never = Cast(Value(NEVER), DateTimeField())
    latest = [*of_family(told_visits(Visit.objects.all(), visible), Max("last_at"), DateTimeField()), F("last_seen_at")]
    return NullIf(Greatest(*(Coalesce(at, never) for at in latest)), never, output_field=DateTimeField())


class NameColumn(TitleColumn):
    cell_template_name = "wagtail_leads/admin/companies/name_cell.html"


class CompanyIndex(AboutCompanies, SafeExport, generic.IndexView):
    any_permission_required = ["change", "view"]
    list_export = [
        "name",
        "kind",
        "domain",
        "corporate_number",
        "is_target",
        "lead_count",
        "visit_count",
        "seen_at",
        "note",
    ]
    export_headings = {
        "kind": gettext_lazy("Kind"),
        "lead_count": gettext_lazy("Leads"),
        "visit_count": gettext_lazy("Visits in 30 days"),
        "seen_at": gettext_lazy("Last seen"),
    }
    template_name = "wagtail_leads/admin/companies/index.html"
    results_template_name = "wagtail_leads/admin/companies/index_results.html"

    def may_export(self, user) -> bool:
        return may_export_companies(user)

    def get_heading(self, queryset, field):
        return with_zone(super().get_heading(queryset, field), Company, {"seen_at": "last_seen_at"}.get(field, field))

    def to_row_dict(self, item):
        return {name: kind_words(item) if name == "kind" else getattr(item, name) for name in self.list_export}

    def get_base_queryset(self):
        leads = visible_leads(self.request.user)
        month = told_visits(Visit.objects.filter(started_at__gte=timezone.now() - MONTH), leads)
        return visible_companies(self.request.user).annotate(
            lead_count=counted(leads), visit_count=counted(month), seen_at=last_seen(leads)
        )

    def search_queryset(self, queryset):
        """By name, alias, domain or corporate number, in any way of writing."""
        words = self.search_query.strip()[:200] if self.is_searching else ""
        return queryset.filter(pk__in=living_keys(words)) if words else queryset

    def order_queryset(self, queryset):
        order = {"seen_at": F("seen_at").asc(nulls_last=True), "-seen_at": F("seen_at").desc(nulls_last=True)}
        return queryset.order_by(order.get(self.ordering, self.ordering), "-pk")

    @cached_property
    def columns(self):
        return [
            self._get_title_column_class(NameColumn)(
                "name", label=_("Name"), accessor="name", get_url=self.page_url, sort_key="name"
            ),
            StatusTagColumn(
                "kind",
                label=_("Kind"),
                accessor=kind_words,
                primary=lambda company: not company.is_guessed,
                classname="lx-wide",
            ),
            Column("lead_count", label=_("Leads"), sort_key="lead_count"),
            Column("visit_count", label=_("Visits in 30 days"), sort_key="visit_count"),
            DateColumn("seen_at", label=_("Last seen"), sort_key="seen_at", classname="lx-wide"),
        ]

    def page_url(self, company):
        return reverse(self.inspect_url_name, args=(company.pk,))

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs,
            tabs=tabs(self.request.user, "companies"),
            **no_files(),
            credits=present_credits(),
            narrowed=self.is_searching or self.is_filtering,
        )

    @cached_property
    def no_results_message(self):
        if self.is_searching or self.is_filtering:
            return _("No company matches this search.")
        return _(
            "No companies yet. They come with the first lead who has a company's address, or the first visit from its network."
        )


def kind_words(company: Company) -> str:
    return _("guessed company") if company.is_guessed else _("company")


class CompanyForm(forms.ModelForm):
    class Meta:
        model = Company
        fields = ["name", "domain", "corporate_number", "is_target", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "name": gettext_lazy("The earlier name stays findable, as an alias."),
            "domain": gettext_lazy("Mail and web domain, for example sample.co.jp."),
            "corporate_number": gettext_lazy("法人番号: 13 digits; hyphens and full-width digits are fine."),
            "is_target": gettext_lazy("Staff get a notice when somebody from there is on the site."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["corporate_number"].max_length = None
        self.fields["corporate_number"].validators = []
        self.fields["corporate_number"].widget.attrs = {"inputmode": "numeric", "autocomplete": "off"}

    def clean_name(self):
        name = one_line(self.cleaned_data["name"])
        key = company_match_key(name)
        if not key:
            raise forms.ValidationError(_("This name has no letters."))
        other = Company.objects.filter(match_key=key).select_related("merged_into").first()
        if other is not None and self.instance.pk not in (other.pk, other.merged_into_id):
            raise forms.ValidationError(self._taken(other, _("There is a company with this name:")))
        return name

    def clean_domain(self):
        host = host_of(one_line(self.cleaned_data["domain"]))
        domain = registrable_domain(host)
        if not host or host == self.initial.get("domain"):
            return host
        if not domain:
            raise forms.ValidationError(_("This is no domain of a company."))
        if is_free_mail(domain):
            raise forms.ValidationError(_("Anybody gets an address at this mail provider: it is no company's domain."))
        other = holder_of_domain(domain, besides=self.instance)
        if other is not None:
            raise forms.ValidationError(self._taken(other, _("This domain belongs to another company:")))
        return host

    def clean_note(self):
        return paragraphs(self.cleaned_data["note"])

    def clean_corporate_number(self):
        try:
            number = parse_corporate_number(self.cleaned_data["corporate_number"])
        except BadCorporateNumber as error:
            raise forms.ValidationError(number_words(error)) from error
        other = Company.objects.filter(corporate_number=number).exclude(pk=self.instance.pk).first() if number else None
        if other is not None:
            raise forms.ValidationError(self._taken(other, _("This number belongs to another company:")))
        return number or None

    def _taken(self, other: Company, sentence: str):
        living = other.merged_into or other
        return format_html('{} <a href="{}">{}</a>', sentence, company_url(living), living)


def number_words(error: BadCorporateNumber) -> str:
    if type(error) is BadCorporateNumber:
        return _("A corporate number has 13 digits.")
    return _("One of the digits is wrong: the check digit does not fit.")


class CompanyEdit(AboutCompanies, generic.EditView):
    def get_object(self, queryset=None):
        return company_or_404(self.request.user, self.kwargs["pk"])

    def save_instance(self):
        company, name, now = self.form.instance, self.form.cleaned_data["name"], timezone.now()
        before = Company.objects.only("name", "match_key", "domain").get(pk=company.pk)
        company.name, company.match_key = before.name, before.match_key
        company.save()
        if name != before.name:
            try:
                rename(company, name, now=now)
            except NameTaken:  # somebody was faster than the form's own check
                pass
        self._give_domain(before.domain, now)
        return company

    def _give_domain(self, before: str, now) -> None:
        """Somebody may have been faster than the form's own check: then the domain stays theirs."""
        company = self.form.instance
        domain = domain_of(company.domain)
        if not domain or company.domain == before:
            return
        holder = give_domain(company, domain, now=now)
        if holder.pk != company.pk:
            company.domain = before
            company.save(update_fields=["domain"])
            messages.error(self.request, f"{_('This domain belongs to another company:')} {holder}")

    def get_success_url(self):
        return company_url(self.object)


class CompanyHistory(AboutCompanies, history.HistoryView):
    any_permission_required = ["change", "view"]


class CompanyViewSet(ModelViewSet):
    """Companies come by themselves, from addresses and networks; here they are looked at and put right."""

    model = Company
    name = "wagtail_leads_companies"
    url_prefix = "leads/companies"
    icon = "site"
    menu_label = gettext_lazy("Companies")
    add_to_admin_menu = False
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = CompanyIndex
    edit_view_class = CompanyEdit
    inspect_view_class = CompanyPage
    history_view_class = CompanyHistory
    export_filename = "companies"
    list_export = CompanyIndex.list_export
    export_headings = CompanyIndex.export_headings
    filterset_class = CompanyFilters
    search_fields = ["name", "domain", "domains__domain"]
    search_backend_name = None
    ordering = "-seen_at"
    list_per_page = 25
    index_template_name = "wagtail_leads/admin/companies/index.html"
    index_results_template_name = "wagtail_leads/admin/companies/index_results.html"
    inspect_template_name = "wagtail_leads/admin/companies/page.html"

    def get_form_class(self, for_update=False):
        return CompanyForm

    def get_common_view_kwargs(self, **kwargs):
        kwargs = super().get_common_view_kwargs(**kwargs)
        for name in ("delete_url_name", "usage_url_name", "copy_url_name", "add_url_name"):
            kwargs[name] = None
        return kwargs

    def get_urlpatterns(self):
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<int:pk>/", self.inspect_view, name="inspect"),
            path("<int:pk>/edit/", self.edit_view, name="edit"),
            path("<int:pk>/delete/", DeleteView.as_view(), name="delete"),
            path("<int:pk>/merge/", MergeView.as_view(), name="merge"),
            path("<int:pk>/target/", TargetView.as_view(), name="target"),
            path("merges/<int:pk>/undo/", UndoMergeView.as_view(), name="undo_merge"),
            path("<int:pk>/history/", self.history_view, name="history"),
            path("<int:pk>/history/results/", self.history_results_view, name="history_results"),
        ]
