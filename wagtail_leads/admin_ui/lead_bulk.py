"""One thing done with many leads of the list: those that were ticked, or all that match.

Only leads that the user may change are changed. Each chunk is a transaction of its own, so that a form that is sent
meanwhile never waits long; what is done stays done. Every change is noted like one by hand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui import lead_export
from wagtail_leads.admin_ui.lead_filters import user_name
from wagtail_leads.admin_ui.permissions import changeable_leads, may, may_export_leads, may_view, visible_leads
from wagtail_leads.identity.changes import ByWhat, put_changes, text_of
from wagtail_leads.identity.models import (
    CONTACT_WISH_LABELS,
    STAGE_LABELS,
    Lead,
    LeadChange,
    LeadTag,
    LeadTagging,
)
from wagtail_leads.logic.kinds import ContactWish, Stage
from wagtail_leads.sales.operations import dismiss_lead
from wagtail_leads.segments.operations import set_stage

#: More are not changed in one request.
MOST = 5000
CHUNK = 100
#: Names that the page shows.
SHOWN = 20
NOBODY = "-"


def colleagues():
    """Whoever may own a lead: active people who can enter the admin."""
    staff = get_user_model().objects.filter(is_active=True)
    entering = staff.filter(is_superuser=True) | staff.filter(is_staff=True) | staff.filter(groups__isnull=False)
    return entering.distinct().order_by(get_user_model().USERNAME_FIELD)


# --- what is asked --------------------------------------------------------------------------------------------------


class OwnerForm(forms.Form):
    owner = forms.ChoiceField(label=pgettext_lazy("leads", "Owner"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        others = [(str(one.pk), user_name(one)) for one in colleagues() if one.pk != user.pk]
        self.fields["owner"].choices = [
            ("", _("– please choose –")), (str(user.pk), _("I")), *others, (NOBODY, _("nobody")),
        ]  # fmt: skip


class TagForm(forms.Form):
    tag = forms.ModelChoiceField(label=gettext_lazy("Tag"), queryset=LeadTag.objects.all(), required=False)
    new = forms.CharField(label=gettext_lazy("Or a new tag"), max_length=60, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if not may(user, "add", LeadTag):
            self.fields.pop("new")

    def clean(self):
        data = super().clean()
        new = " ".join((data.get("new") or "").split())
        if not self.errors and not (data.get("tag") or new):
            raise forms.ValidationError(_("Choose a tag."))
        data["new"] = new
        return data


class UntagForm(forms.Form):
    tag = forms.ModelChoiceField(label=gettext_lazy("Tag"), queryset=LeadTag.objects.all())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=[(s.value, STAGE_LABELS[s]) for s in Stage])
    reason = forms.CharField(label=gettext_lazy("Why (optional)"), max_length=150, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)


class WishForm(forms.Form):
    wish = forms.ChoiceField(
        label=gettext_lazy("Wishes to be contacted"),
        choices=[(w.value or NOBODY, CONTACT_WISH_LABELS[w]) for w in ContactWish],
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[
            (lead_export.XLSX, gettext_lazy("Excel (XLSX)")),
            (lead_export.CSV, gettext_lazy("CSV (UTF-8)")),
            (lead_export.CP932, gettext_lazy("CSV (Shift-JIS)")),
        ],
        widget=forms.RadioSelect,
        initial=lead_export.XLSX,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)


# --- what is done with one chunk; each gives back how many changed ---------------------------------------------------


def put_column(name: str, value) -> Callable:
    """Write one column of every lead that has another value, and note it."""

    def do(leads: list[Lead], *, by, now) -> int:
        before = {lead.pk: text_of(getattr(lead, name)) for lead in leads}
        other = [lead for lead in leads if before[lead.pk] != text_of(value)]
        Lead.objects.filter(pk__in=[lead.pk for lead in other]).update(**{name: value, "updated_at": now})
        put_changes(_change(lead, name, before[lead.pk], value, by=by, now=now) for lead in other)
        return len(other)

    return do


def add_tag(tag: LeadTag) -> Callable:
    def do(leads: list[Lead], *, by, now) -> int:
        having = set(LeadTagging.objects.filter(tag=tag, lead__in=leads).values_list("lead_id", flat=True))
        new = [lead for lead in leads if lead.pk not in having]
        LeadTagging.objects.bulk_create([LeadTagging(lead=one, tag=tag, at=now) for one in new], ignore_conflicts=True)
        put_changes(_change(lead, "tag", "", tag.name, by=by, now=now) for lead in new)
        return len(new)

    return do


def take_tag(tag: LeadTag) -> Callable:
    def do(leads: list[Lead], *, by, now) -> int:
        rows = LeadTagging.objects.filter(tag=tag, lead__in=leads)
        having = set(rows.values_list("lead_id", flat=True))
        rows.delete()
        put_changes(_change(lead, "tag", tag.name, "", by=by, now=now) for lead in leads if lead.pk in having)
        return len(having)

    return do


def put_stage(stage: Stage, reason: str) -> Callable:
    def do(leads: list[Lead], *, by, now) -> int:
        return sum(say_stage(lead, stage, reason=reason, by=by, now=now) for lead in leads)

    return do


def say_stage(lead: Lead, stage: Stage, *, reason: str = "", by, now) -> bool:
    """A colleague says where the lead stands: noted, told to the site; "no prospect" also ends to-dos and scenarios."""
    if lead.stage == stage.value:
        return False
    put_changes([_change(lead, "stage", lead.stage, stage.value, by=by, now=now)])
    if stage == Stage.DISQUALIFIED:
        dismiss_lead(lead, by=by, now=now)
    else:
        set_stage(lead, stage, reason=reason or SAID, now=now)
    return True


#: Reason of a change of stage that a colleague said; translated where it is shown (`reports.words.stage_reason`).
SAID = "said by a colleague"


def _change(lead: Lead, field: str, before, after, *, by, now) -> LeadChange:
    return LeadChange(
        lead=lead, field=field, before=text_of(before)[:300], after=text_of(after)[:300], by_what=ByWhat.HAND.value,
        by=by, at=now,
    )  # fmt: skip


def _owner(data, user) -> Callable:
    return put_column("owner_id", None if data["owner"] == NOBODY else int(data["owner"]))


def _tag(data, user) -> Callable:
    if not data.get("new"):
        return add_tag(data["tag"])
    there = LeadTag.objects.filter(name__iexact=data["new"]).first()
    return add_tag(there or LeadTag.objects.create(name=data["new"]))


def _untag(data, user) -> Callable:
    return take_tag(data["tag"])


def _stage(data, user) -> Callable:
    return put_stage(Stage(data["stage"]), data["reason"])


def _wish(data, user) -> Callable:
    return put_column("contact_wish", "" if data["wish"] == NOBODY else data["wish"])


@dataclass(frozen=True, kw_only=True)
class Action:
    name: str
    label: object
    title: object
    form: type
    #: What the form says -> what is done with a chunk; None: a file.
    operation: Callable | None

    @property
    def url(self) -> str:
        return reverse("wagtail_leads_bulk", args=(self.name,))


ACTIONS = [
    Action(
        name="owner",
        label=pgettext_lazy("leads", "Owner"),
        title=gettext_lazy("Give the leads an owner"),
        form=OwnerForm,
        operation=_owner,
    ),
    Action(
        name="tag",
        label=gettext_lazy("Add tag"),
        title=gettext_lazy("Put a tag on the leads"),
        form=TagForm,
        operation=_tag,
    ),
    Action(
        name="untag",
        label=gettext_lazy("Remove tag"),
        title=gettext_lazy("Take a tag off the leads"),
        form=UntagForm,
        operation=_untag,
    ),
    Action(
        name="stage",
        label=gettext_lazy("Stage"),
        title=gettext_lazy("Say where the leads stand"),
        form=StageForm,
        operation=_stage,
    ),
    Action(
        name="wish",
        label=gettext_lazy("Contact wish"),
        title=gettext_lazy("Say how they wish to be contacted"),
        form=WishForm,
        operation=_wish,
    ),
    Action(
        name="export",
        label=pgettext_lazy("leads", "Download"),
        title=gettext_lazy("Download the leads as a file"),
        form=ExportForm,
        operation=None,
    ),
]


def actions_for(user) -> list[Action]:
    may_change, may_export = may(user, "change", Lead), may_export_leads(user)
    return [action for action in ACTIONS if (may_change if action.operation else may_export)]


# --- the screen -----------------------------------------------------------------------------------------------------


class BulkView(WagtailAdminTemplateMixin, FormView):
    """`?id=1&id=2` or `?id=all` with the query string of the list. GET asks, POST does it."""

    template_name = "wagtail_leads/admin/leads/bulk.html"
    _show_breadcrumbs = True
    header_icon = "group"

    def dispatch(self, request, *args, **kwargs):
        if not may_view(request.user, Lead):
            raise PermissionDenied
        found = [action for action in ACTIONS if action.name == kwargs["action"]]
        if not found:
            raise Http404
        self.action = found[0]
        if self.action not in actions_for(request.user):
            raise PermissionDenied
        self.next_url = get_valid_next_url_from_request(request) or reverse("wagtail_leads_leads:index")
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self):
        return str(self.action.title)

    def get_breadcrumbs_items(self):
        back = {"url": self.next_url, "label": _("Leads")}
        return [*self.breadcrumbs_items, back, {"url": "", "label": self.get_page_title()}]

    def get_form_class(self):
        return self.action.form

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def chosen(self):
        """The visible leads that are meant."""
        from wagtail_leads.admin_ui.lead_list import find_leads  # it shows our buttons

        wanted = self.request.GET.getlist("id")
        if "all" in wanted:
            return find_leads(self.request, self.request.GET)
        pks = [int(pk) for pk in wanted if pk.isascii() and pk.isdigit() and len(pk) < 19]
        return visible_leads(self.request.user).filter(pk__in=pks[:MOST])

    def allowed(self):
        if self.action.operation is None:
            return self.chosen()
        return self.chosen().filter(pk__in=changeable_leads(self.request.user).values("pk"))

    def get_context_data(self, **kwargs):
        count, all_ = self.allowed().count(), self.chosen().count()
        shown = self.allowed().order_by("-pk").select_related("company__merged_into")[:SHOWN]
        return super().get_context_data(**kwargs) | {
            "action": self.action,
            "count": count,
            "not_allowed": all_ - count,
            "too_many": count > MOST and self.action.operation is not None,
            "most": MOST,
            "leads": shown,
            "more": max(count - SHOWN, 0),
            "next_url": self.next_url,
        }

    def form_valid(self, form):
        if self.action.operation is None:
            return self._file(form.cleaned_data["format"])
        pks = list(self.allowed().order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(pks) > MOST:
            return self.form_invalid(form)
        done = self._do(self.action.operation(form.cleaned_data, self.request.user), pks)
        words = ngettext("%(count)d lead was changed.", "%(count)d leads were changed.", done) % {"count": done}
        same = len(pks) - done
        if same:
            words += " " + ngettext("%(count)d was so already.", "%(count)d were so already.", same) % {"count": same}
        messages.success(self.request, words)
        return redirect(self.next_url)

    def _do(self, operation: Callable, pks: list[int]) -> int:
        done, now = 0, timezone.now()
        for some in _chunks(pks):
            with transaction.atomic():
                held = changeable_leads(self.request.user).filter(pk__in=some)
                locked = Lead.objects.select_for_update().filter(pk__in=held.values("pk")).order_by("pk")
                done += operation(list(locked), by=self.request.user, now=now)
        return done

    def _file(self, form: str):
        from wagtail_leads.admin_ui.lead_columns import order_of
        from wagtail_leads.admin_ui.lead_list import ranked

        leads = ranked(self.chosen()).order_by(*order_of(self.request.GET.get("ordering", "-rank")))
        return lead_export.export_leads(
            leads, form=form, user=self.request.user, detail=f"leads, chosen; {self._narrowing()}", now=timezone.now()
        )

    def _narrowing(self) -> str:
        kept = self.request.GET.copy()
        kept.pop("next", None)
        return kept.urlencode()


def _chunks(pks: list[int]) -> Iterable[list[int]]:
    return (pks[at : at + CHUNK] for at in range(0, len(pks), CHUNK))
