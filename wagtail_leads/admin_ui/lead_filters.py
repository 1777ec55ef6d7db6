"""What the list of leads is narrowed by, and what its search finds. Every filter goes with every other one."""

import re
import unicodedata
from datetime import timedelta

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Max, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from wagtail_leads.admin_ui.permissions import visible_imports
from wagtail_leads.capture.models import Conversion, FormPageSource, Goal, ImportRow, LeadForm, LeadImport
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.keys import phone_key
from wagtail_leads.identity.models import (
    ADDRESS_FLAG_LABELS,
    CONTACT_WISH_LABELS,
    STAGE_LABELS,
    Consent,
    Lead,
    LeadField,
    LeadSource,
    LeadTag,
    LeadTagging,
)
from wagtail_leads.logic import decay
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.kana import full_katakana
from wagtail_leads.logic.kinds import AddressFlag, ContactWish, ImportState, Stage
from wagtail_leads.logic.prefectures import prefecture_choices
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.reports.queries import ACTIVE, WEEK
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scoring.models import LeadScore
from wagtail_leads.scoring.operations import half_life

ALL = gettext_lazy("All")
ME, NOBODY = "me", "nobody"
#: Names of filters on own fields begin with this.
OWN = "own-"
#: Words of one search; more say no more.
MOST_WORDS = 5
#: Imports that can be chosen, the newest first.
MOST_IMPORTS = 100
SOURCES = {"by_hand": gettext_lazy("entered by hand"), "import": gettext_lazy("imported")}
#: Columns in which each word of a search is looked for.
_TEXTS = (
    "name", "email", "company_name", "department", "job_title", "family_kana", "given_kana", "phone", "mobile",
)  # fmt: skip


def radios(label, choices, method):
    """One choice or all; as radio buttons."""
    return django_filters.ChoiceFilter(
        label=label, choices=choices, empty_label=ALL, method=method, widget=forms.RadioSelect
    )


def points(label, method):
    most = 1_000_000
    return django_filters.NumberFilter(
        label=label, method=method, validators=[MinValueValidator(-most), MaxValueValidator(most)]
    )


class OneOf(django_filters.MultipleChoiceFilter):
    """Any of the ticked ones. Of a column of the lead itself, so nothing comes twice and the database need not compare."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"distinct": False, "widget": forms.CheckboxSelectMultiple, **kwargs})


class OneOfRows(django_filters.ModelMultipleChoiceFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"distinct": False, "widget": forms.CheckboxSelectMultiple, **kwargs})


class LeadFilters(WagtailFilterSet):
    stage = OneOf(
        label=gettext_lazy("Stage"),
        choices=[(stage.value, STAGE_LABELS[stage]) for stage in Stage],
    )
    owner = django_filters.ChoiceFilter(label=pgettext_lazy("leads", "Owner"), empty_label=ALL, method="by_owner")
    score_min = points(gettext_lazy("Score from"), "by_least")
    score_max = points(gettext_lazy("Score up to"), "by_most")
    spoken = radios(
        gettext_lazy("Spoken to"),
        [("no", gettext_lazy("not in the last 7 days")), ("yes", gettext_lazy("in the last 7 days"))],
        "by_talk",
    )
    todo = radios(
        gettext_lazy("To-do"),
        [
            ("open", gettext_lazy("has an open one")),
            ("late", gettext_lazy("has an overdue one")),
            ("none", gettext_lazy("has none")),
        ],
        "by_todo",
    )
    tag = OneOfRows(label=gettext_lazy("Tags"), queryset=LeadTag.objects.all(), method="by_tag")
    company = django_filters.CharFilter(label=gettext_lazy("Company contains"), method="by_company")
    prefecture = OneOf(
        label=gettext_lazy("Prefecture"),
        choices=lambda: prefecture_choices(get_language() or "en"),
    )
    mail = radios(
        gettext_lazy("Permission for mail"),
        [
            ("yes", gettext_lazy("we may write")),
            ("none", gettext_lazy("no permission")),
            ("suppressed", gettext_lazy("unsubscribed or undeliverable")),
            ("stopped", gettext_lazy("use of the data stopped")),
        ],
        "by_permission",
    )
    contact_wish = OneOf(
        label=gettext_lazy("Wishes to be contacted"),
        choices=[(wish.value or "-", CONTACT_WISH_LABELS[wish]) for wish in ContactWish],
        method="by_wish",
    )
    address_flag = OneOf(
        label=gettext_lazy("About the address"),
        choices=[(flag.value, ADDRESS_FLAG_LABELS[flag]) for flag in AddressFlag if flag.value],
    )
    connected = radios(
        gettext_lazy("Browser"),
        [("yes", gettext_lazy("connected")), ("no", gettext_lazy("not connected"))],
        "by_connection",
    )
    active = radios(
        gettext_lazy("Active prospect"),
        [("yes", gettext_lazy("yes: connected and seen in 30 days")), ("no", gettext_lazy("no"))],
        "by_activity",
    )
    known = radios(
        gettext_lazy("Became known"),
        [
            ("7", gettext_lazy("in the last 7 days")),
            ("30", gettext_lazy("in the last 30 days")),
            ("90", gettext_lazy("in the last 90 days")),
        ],
        "by_age",
    )
    created_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Created"), widget=DateRangePickerWidget)
    last_seen_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Last visit"), widget=DateRangePickerWidget)
    source = django_filters.ChoiceFilter(label=gettext_lazy("Form or way"), empty_label=ALL)
    origin = OneOfRows(label=gettext_lazy("Acquired at"), queryset=LeadSource.objects.all())
    file = django_filters.ChoiceFilter(label=gettext_lazy("Import"), empty_label=ALL, method="by_import")
    goal = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Reached goal"), queryset=Goal.objects.all(), empty_label=ALL, method="by_goal"
    )

    class Meta:
        model = Lead
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        if not sells_to_companies():
            self.filters.pop("company")
        self.filters["owner"].extra["choices"] = owner_choices
        self.filters["source"].extra["choices"] = source_choices
        self.filters["file"].extra["choices"] = import_choices(self.request.user)
        for own in choosable_fields():
            self.filters[f"{OWN}{own.key}"] = self._own_filter(own)
        for name, emptied in (("tag", LeadTag), ("origin", LeadSource), ("file", LeadImport)):
            if not emptied.objects.exists():
                self.filters.pop(name)

    def _own_filter(self, own: LeadField):
        choices = own_choices(own)
        found = django_filters.ChoiceFilter(
            label=own.label,
            choices=choices,
            empty_label=ALL,
            method=lambda leads, name, value: leads.filter(own_is(own, value)),
        )
        found.parent, found.model = self, Lead
        found.field_name = f"{OWN}{own.key}"
        return found

    def by_owner(self, leads, name, value):
        if value == NOBODY:
            return leads.filter(owner__isnull=True)
        return leads.filter(owner=self.request.user.pk if value == ME else int(value))

    def by_least(self, leads, name, value):
        least = decay.rank(float(value), self.now, half_life())
        return leads if least is None else leads.filter(pk__in=LeadScore.objects.filter(rank__gte=least).values("lead"))

    def by_most(self, leads, name, value):
        most = decay.rank(float(value), self.now, half_life())
        above = (
            LeadScore.objects.filter(rank__isnull=False) if most is None else LeadScore.objects.filter(rank__gt=most)
        )
        return leads.exclude(pk__in=above.values("lead"))

    def by_talk(self, leads, name, value):
        lately = FollowUp.objects.filter(contacted_at__gte=self.now - WEEK).values("lead")
        return leads.filter(pk__in=lately) if value == "yes" else leads.exclude(pk__in=lately)

    def by_todo(self, leads, name, value):
        todos = Todo.objects.open()
        todos = todos.filter(due_at__lt=self.now) if value == "late" else todos
        wanted = Q(pk__in=todos.values("lead"))
        return leads.exclude(wanted) if value == "none" else leads.filter(wanted)

    def by_tag(self, leads, name, value):
        """Any of them."""
        return leads.filter(pk__in=LeadTagging.objects.filter(tag__in=value).values("lead")) if value else leads

    def by_company(self, leads, name, value):
        value = value.replace("\0", "")
        return leads.filter(Q(company__in=_named(value)) | Q(company_name__icontains=value))

    def by_permission(self, leads, name, value):
        return leads.filter(permission_is(value))

    def by_wish(self, leads, name, value):
        return leads.filter(contact_wish__in=["" if one == "-" else one for one in value]) if value else leads

    def by_connection(self, leads, name, value):
        return leads.filter(connected_at__isnull=value == "no")

    def by_activity(self, leads, name, value):
        wanted = Q(connected_at__isnull=False, last_seen_at__gte=self.now - ACTIVE)
        return leads.filter(wanted) if value == "yes" else leads.exclude(wanted)

    def by_age(self, leads, name, value):
        return leads.filter(created_at__gte=self.now - timedelta(days=int(value)))

    def by_import(self, leads, name, value):
        return leads.filter(pk__in=ImportRow.objects.filter(file=int(value), lead__isnull=False).values("lead"))

    def by_goal(self, leads, name, value):
        reached = Conversion.objects.filter(goal=value, lead__isnull=False)
        return leads.filter(Q(pk__in=reached.values("lead")) | Q(pk__in=reached.values("lead__merged_into")))


# --- choices --------------------------------------------------------------------------------------------------------


def owner_choices() -> list[tuple[str, object]]:
    """Mine, nobody's, and every colleague who has a lead."""
    having = Lead.objects.filter(owner__isnull=False).order_by().values("owner").distinct()
    users = sorted(get_user_model().objects.filter(pk__in=having), key=lambda user: user_name(user).casefold())
    return [
        (ME, gettext_lazy("me")),
        (NOBODY, gettext_lazy("nobody")),
        *((str(user.pk), user_name(user)) for user in users),
    ]


def user_name(user) -> str:
    return user.get_full_name() or user.get_username()


def source_choices() -> list[tuple[str, object]]:
    """By hand, by import, and every form there is."""
    names = dict.fromkeys(LeadForm.objects.order_by("name").values_list("name", flat=True))
    names |= dict.fromkeys(FormPageSource.objects.order_by("page__title").values_list("page__title", flat=True))
    return [*SOURCES.items(), *((name[:100], name) for name in names)]


def import_choices(user) -> list[tuple[str, str]]:
    """The newest files that this colleague may know of."""
    files = visible_imports(user).exclude(state=ImportState.DRAFT.value).order_by("-pk")[:MOST_IMPORTS]
    return [(str(file.pk), f"{timezone.localtime(file.created_at):%Y-%m-%d} {file.name}") for file in files]


def choosable_fields() -> list[LeadField]:
    kinds = (LeadField.Kind.CHOICE, LeadField.Kind.CHOICES, LeadField.Kind.YES_NO)
    return list(LeadField.objects.filter(kind__in=kinds))


def own_choices(own: LeadField) -> list[tuple[str, object]]:
    if own.kind == LeadField.Kind.YES_NO:
        return [("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
    return [(one, one) for one in own.choice_list()]


def own_is(own: LeadField, value: str) -> Q:
    """Leads with this value of an own field; for several of a list, with this one among them."""
    if own.kind == LeadField.Kind.YES_NO:
        return Q(**{f"extra__{own.key}": value == "yes"})
    if own.kind == LeadField.Kind.CHOICE:
        return Q(**{f"extra__{own.key}": value})
    # a list as text: SQLite keeps other letters than ASCII as \uXXXX, the other databases as they are
    quoted = {f'"{value}"', '"' + value.encode("ascii", "backslashreplace").decode() + '"'}
    wanted = Q()
    for one in quoted:
        wanted |= Q(**{f"extra__{own.key}__icontains": one})
    return wanted


# --- permission -----------------------------------------------------------------------------------------------------


def permission_is(code: str) -> Q:
    """Leads of which this holds; every lead is in exactly one of the four."""
    if code == "stopped":
        return Q(stopped_at__isnull=False)
    suppressed = Q(email_key__in=Suppression.objects.values("address_key"))
    if code == "suppressed":
        return Q(stopped_at__isnull=True) & suppressed
    answers = Consent.objects.filter(question=Consent.Question.MAIL.value).exclude(email_key="")
    newest = answers.order_by().values("email_key").annotate(last=Max("pk")).values("last")
    may = Q(email_key__in=Consent.objects.filter(pk__in=newest, granted=True).values("email_key"))
    return Q(stopped_at__isnull=True) & ~suppressed & (may if code == "yes" else ~may)


# --- search ---------------------------------------------------------------------------------------------------------


def search_leads(leads, text: str):
    """Leads that hold every word somewhere: in name, reading, address, company, phone, tags or own fields.

    A whole address or telephone number, however it is written, is found by its key.
    """
    text = text.replace("\0", "").strip()[:200]
    number = phone_key(text) if re.fullmatch(r"[\d\s()（）+＋\-‐‑–ー－.]{6,}", text) else ""
    if number:
        found = leads.filter(Q(phone_key=number) | Q(mobile_key=number))
        if found.exists():
            return found
    address = normalise_email(text) if "@" in text or "＠" in text else None
    if address:
        found = leads.filter(email_key=email_key(address))
        if found.exists():
            return found
    own = [field.key for field in LeadField.objects.all()]
    leads = leads.alias(whole_name=Concat("family_name", "given_name"), whole_kana=Concat("family_kana", "given_kana"))
    leads = leads.alias(**{f"own_{n}": KeyTextTransform(key, "extra") for n, key in enumerate(own)})
    for word in text.split()[:MOST_WORDS]:
        leads = leads.filter(_holds(word, len(own)))
    return leads


def _holds(word: str, own: int) -> Q:
    names = (*_TEXTS, "whole_name", "whole_kana", *(f"own_{n}" for n in range(own)))
    wanted = Q(company__in=_named(word)) | Q(
        pk__in=LeadTagging.objects.filter(tag__name__icontains=word).values("lead")
    )
    for written in ways(word):
        for name in names:
            wanted |= Q(**{f"{name}__icontains": written})
    return wanted


def ways(word: str) -> list[str]:
    """As it was typed; in normal width; a reading in katakana, as readings are kept."""
    return list(dict.fromkeys([word, unicodedata.normalize("NFKC", word), full_katakana(word)]))


def _named(text: str):
    """Companies with this in their name, or in that of the one they live on in."""
    return Company.objects.filter(Q(name__icontains=text) | Q(merged_into__name__icontains=text)).values("pk")
