"""名寄せ: pairs that may be one person, side by side; merged by a person, field by field, and taken back by a person."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from wagtail_leads.admin_ui.permissions import changeable_leads, lead_or_404, may, may_change_lead, visible_leads
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity import duplicates, joining
from wagtail_leads.identity.changes import OWN, text_of
from wagtail_leads.identity.duplicates import Shared
from wagtail_leads.identity.models import (
    CONTACT_WISH_LABELS,
    Lead,
    LeadField,
    LeadMerge,
    NotDuplicate,
    VisitorLink,
    open_links,
)
from wagtail_leads.identity.queries import tags_of
from wagtail_leads.logic.errors import BrowserTaken
from wagtail_leads.merging import NotMergeable, NotUndoable, merge, restore_link, take_back_link, unmerge
from wagtail_leads.scoring.queries import scores_of

PAGE, FOUND = 20, 20

REASONS = {
    Shared.ADDRESS: gettext_lazy("same mailbox"),
    Shared.MOBILE: gettext_lazy("same mobile number"),
    Shared.PERSON: gettext_lazy("same name and company"),
    Shared.PHONE: gettext_lazy("same phone"),
}
LABELS = {
    "email": gettext_lazy("E-mail"),
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "department": gettext_lazy("Department"),
    "job_title": gettext_lazy("Job title"),
    "phone": gettext_lazy("Phone"),
    "mobile": gettext_lazy("Mobile"),
    "address": gettext_lazy("Address"),
    "language": gettext_lazy("Language"),
    "stage": gettext_lazy("Stage"),
    "owner": pgettext_lazy("leads", "Owner"),
    "origin": gettext_lazy("Acquired at"),
    "source": gettext_lazy("Source"),
    "note": gettext_lazy("Note"),
}
WHY_NOT = {
    "undone": gettext_lazy("Somebody has taken this merge back already."),
    "merged_since": gettext_lazy(
        "This merge cannot be taken back yet: the lead was merged into another one since. Take that merge back first."
    ),
    "erased": gettext_lazy("This merge cannot be taken back: the data of this person were erased."),
}


def lead_url(lead_id: int) -> str:
    return reverse("wagtail_leads_leads:inspect", args=(lead_id,))


class Screen(WagtailAdminTemplateMixin, TemplateView):
    """For whoever changes leads; below "Leads"."""

    header_icon = "group"

    def dispatch(self, request, *args, **kwargs):
        if not may(request.user, "change", Lead):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def crumbs(self, *items):
        first = {"url": reverse("wagtail_leads_leads:index"), "label": _("Leads")}
        return [*self.breadcrumbs_items, first, *items]


@dataclass(frozen=True, kw_only=True)
class PairRow:
    pair: duplicates.Pair
    leads: tuple[Lead, Lead]
    reasons: list[str]
    url: str
    two_url: str


def pair_rows(pairs, leads: dict[int, Lead]) -> list[PairRow]:
    """Rows of pairs whose leads are both at hand."""
    rows = []
    for pair in pairs:
        if pair.first_id in leads and pair.second_id in leads:
            pks = (pair.first_id, pair.second_id)
            rows.append(
                PairRow(
                    pair=pair,
                    leads=(leads[pks[0]], leads[pks[1]]),
                    reasons=[str(REASONS[reason]) for reason in pair.reasons],
                    url=reverse("wagtail_leads_compare", args=pks),
                    two_url=reverse("wagtail_leads_two_people", args=pks),
                )
            )
    return rows


def _at_hand(pks, user) -> dict[int, Lead]:
    """Leads by pk with score, tags and number of browsers, in a constant number of queries."""
    found = changeable_leads(user).select_related("company__merged_into", "owner", "origin").in_bulk(set(pks))
    scores, tags = scores_of(list(found), now=timezone.now()), tags_of(found)
    browsers = dict(
        VisitorLink.objects.filter(open_links(), lead__in=list(found))
        .values_list("lead")
        .annotate(many=Count("visitor", distinct=True))
    )
    for pk, lead in found.items():
        lead.score_now, lead.tag_names = round(scores.get(pk, 0.0)), tags.get(pk, [])
        lead.browser_count, lead.page_url = browsers.get(pk, 0), lead_url(pk)
    return found


class DuplicatesView(Screen):
    template_name = "wagtail_leads/admin/duplicates/index.html"
    page_title = gettext_lazy("Duplicates")

    def get_breadcrumbs_items(self):
        return self.crumbs({"url": "", "label": _("Duplicates")})

    def get_context_data(self, **kwargs):
        user = self.request.user
        pairs = duplicates.find_pairs(changeable_leads(user))
        page = Paginator(pairs, PAGE).get_page(self.request.GET.get("p"))
        wanted = {pk for pair in page for pk in (pair.first_id, pair.second_id)}
        return super().get_context_data(
            **kwargs,
            page_obj=page,
            rows=pair_rows(page, _at_hand(wanted, user)),
            count=page.paginator.count,
            with_companies=sells_to_companies(),
        )


class SamePersonView(Screen):
    """From a lead's page: who else is this? Suggestions, and a search."""

    template_name = "wagtail_leads/admin/duplicates/same_person.html"
    page_title = gettext_lazy("Same person")

    def dispatch(self, request, *args, **kwargs):
        self.lead = lead_or_404(request.user, kwargs["pk"], action="change")
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return str(self.lead)

    def get_breadcrumbs_items(self):
        mine = {"url": lead_url(self.lead.pk), "label": str(self.lead)}
        return self.crumbs(mine, {"url": "", "label": _("Same person")})

    def get_context_data(self, **kwargs):
        user, leads = self.request.user, changeable_leads(self.request.user)
        query = self.request.GET.get("q", "").replace("\x00", "").strip()[:100]
        pairs = duplicates.pairs_of(self.lead, leads)
        pks = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
        return super().get_context_data(
            **kwargs,
            lead=self.lead,
            query=query,
            rows=pair_rows(pairs, _at_hand(pks, user)),
            found=self._found(leads, query) if query else [],
            with_companies=sells_to_companies(),
        )

    def _found(self, leads, query):
        wanted = Q()
        for name in ("name", "email", "company_name", "phone", "mobile"):
            wanted |= Q(**{f"{name}__icontains": query})
        found = list(leads.filter(wanted).exclude(pk=self.lead.pk).order_by("-created_at", "-pk")[:FOUND])
        for other in found:
            other.page_url = lead_url(other.pk)
            other.compare_url = reverse("wagtail_leads_compare", args=sorted((self.lead.pk, other.pk)))
        return found


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the comparison."""

    group: str
    label: str
    first: str
    second: str
    #: A person has to choose.
    differs: bool
    chosen: str = ""
    may_both: bool = False


class CompareView(Screen):
    """Two leads side by side. POST makes them one."""

    template_name = "wagtail_leads/admin/duplicates/compare.html"
    page_title = gettext_lazy("Merge two leads")

    def dispatch(self, request, *args, **kwargs):
        pks = (kwargs["first"], kwargs["second"])
        for pk in pks:
            lead_or_404(request.user, pk, action="change")
        found = _at_hand(pks, request.user)
        if len(found) != 2:  # the same one twice
            raise Http404
        self.leads = tuple(found[pk] for pk in pks)
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        pairs = {"url": reverse("wagtail_leads_duplicates"), "label": _("Duplicates")}
        return self.crumbs(pairs, {"url": "", "label": _("Merge two leads")})

    def get_context_data(self, **kwargs):
        first, second = self.leads
        keep = "second" if _is_better(second, first) else "first"
        return super().get_context_data(**kwargs) | {
            "first": first,
            "second": second,
            "keep": keep,
            "rows": rows_of(first, second, keep=keep),
            "two_url": reverse("wagtail_leads_two_people", args=(first.pk, second.pk)),
            "next": get_valid_next_url_from_request(self.request),
            "with_companies": sells_to_companies(),
        }

    def post(self, request, first, second):
        keep = request.POST.get("keep")
        if keep not in ("first", "second"):
            messages.error(request, _("Choose which of the two stays."))
            return redirect(request.path)
        survivor, loser = self.leads if keep == "first" else self.leads[::-1]
        take = {}
        for one in joining.differences(loser, survivor):
            said = request.POST.get(f"take-{one.group}")
            if said in ("first", "second"):
                take[one.group] = joining.SURVIVOR if said == keep else joining.LOSER
        try:
            done = merge(loser, survivor, now=timezone.now(), by=request.user, take=take)
        except NotMergeable:
            messages.error(request, _("These two cannot be merged: one of them was merged or erased meanwhile."))
            return redirect("wagtail_leads_duplicates")
        log(instance=survivor, action="wagtail.edit", user=request.user, content_changed=True)
        words = _("%(loser)s and %(survivor)s are one lead now.") % {"loser": loser, "survivor": survivor}
        buttons = [messages.button(reverse("wagtail_leads_merges") + f"#merge-{done.pk}", _("Take back …"))]
        messages.success(request, words, buttons=buttons)
        return redirect(get_valid_next_url_from_request(request) or lead_url(survivor.pk))


def _is_better(one: Lead, other: Lead) -> bool:
    """Which one would rather stay: with an address, connected, and the older."""
    return (bool(one.email), one.is_connected, -one.created_at.timestamp()) > (
        bool(other.email),
        other.is_connected,
        -other.created_at.timestamp(),
    )


def rows_of(first: Lead, second: Lead, *, keep: str) -> list[Row]:
    """Everything that either says; where they differ, the one that would stay is chosen."""
    differ = {one.group: one for one in joining.differences(first, second)}
    rows = []
    groups = [group for group in ("email", *joining.GROUPS) if group != "company" or sells_to_companies()]
    for group in groups:
        told = [joining.told(lead, group) for lead in (first, second)]
        if any(told):
            rows.append(_row(group, LABELS[group], told, differ, keep))
    wishes = [str(CONTACT_WISH_LABELS.get(lead.contact_wish, "")) if lead.contact_wish else "" for lead in (first, second)]
    if any(wishes):
        rows.append(Row(group="", label=_("Wishes to be contacted"), first=wishes[0], second=wishes[1], differs=False))
    keys = sorted({*(first.extra or {}), *(second.extra or {})})
    labels = dict(LeadField.objects.filter(key__in=keys).values_list("key", "label")) if keys else {}
    for key in keys:
        told = [text_of((lead.extra or {}).get(key)) for lead in (first, second)]
        rows.append(_row(f"{OWN}{key}", labels.get(key, key), told, differ, keep))
    return rows


def _row(group, label, told, differ, keep) -> Row:
    one = differ.get(group)
    both = one is not None and one.default == joining.BOTH
    return Row(
        group=group,
        label=str(label),
        first=told[0],
        second=told[1],
        differs=one is not None,
        chosen="both" if both else keep,
        may_both=both,
    )


class Action(View):
    """POST, then back to where they came from."""

    http_method_names = ["post"]
    back = "wagtail_leads_duplicates"

    def post(self, request, **kwargs):
        if not may(request.user, "change", Lead):
            raise PermissionDenied
        self.act(request, **kwargs)
        return redirect(get_valid_next_url_from_request(request) or reverse(self.back))


class TwoPeople(Action):
    def act(self, request, first, second):
        if first == second:
            raise Http404
        pair = [lead_or_404(request.user, pk, action="change") for pk in (first, second)]
        duplicates.say_two_people(*pair, now=timezone.now(), by=request.user)
        words = {"one": pair[0], "other": pair[1]}
        messages.success(request, _("%(one)s and %(other)s are two people. They are not suggested again.") % words)


class TwoPeopleUndo(Action):
    back = "wagtail_leads_merges"

    def act(self, request, pk):
        row = get_object_or_404(NotDuplicate.objects.select_related("first", "second"), pk=pk)
        if not all(may_change_lead(request.user, lead) for lead in (row.first, row.second)):
            raise PermissionDenied
        duplicates.take_back_two_people(row)
        messages.success(request, _("They are suggested again, as long as they share something."))


class MergesView(Screen):
    """Who merged whom and who took it back; and of whom it was said that they are two."""

    template_name = "wagtail_leads/admin/duplicates/merges.html"
    page_title = gettext_lazy("Merged leads")

    def get_breadcrumbs_items(self):
        pairs = {"url": reverse("wagtail_leads_duplicates"), "label": _("Duplicates")}
        return self.crumbs(pairs, {"url": "", "label": _("Merged leads")})

    def get_context_data(self, **kwargs):
        visible = visible_leads(self.request.user).values("pk")
        # the survivor may have been merged on: then whoever sees the last one sees this
        seen = Q(survivor__in=visible) | Q(survivor__merged_into__in=visible)
        merges = LeadMerge.objects.filter(seen).select_related("loser", "survivor", "by", "undone_by")
        page = Paginator(merges.order_by("-at", "-pk"), PAGE).get_page(self.request.GET.get("p"))
        for row in page:
            row.may_undo = row.undone_at is None and may_change_lead(self.request.user, row.survivor)
            row.survivor_url = lead_url(row.survivor_id) if row.survivor.merged_into_id is None else ""
            row.loser_url = lead_url(row.loser_id) if row.loser.merged_into_id is None else ""
        two = NotDuplicate.objects.filter(first__in=visible, second__in=visible)
        two = list(two.select_related("first", "second", "by").order_by("-at", "-pk")[: 2 * PAGE])
        for row in two:
            row.may_undo = all(may_change_lead(self.request.user, lead) for lead in (row.first, row.second))
        return super().get_context_data(**kwargs, page_obj=page, merges=list(page), two_people=two)


class MergeUndo(Action):
    back = "wagtail_leads_merges"

    def act(self, request, pk):
        done = get_object_or_404(LeadMerge.objects.select_related("survivor", "loser"), pk=pk)
        known = visible_leads(request.user).filter(pk__in=[done.survivor_id, done.survivor.merged_into_id]).exists()
        if not known and not done.survivor.erased_at:
            raise Http404
        if not may_change_lead(request.user, done.survivor):
            raise PermissionDenied
        try:
            unmerge(done, now=timezone.now(), by=request.user)
        except NotUndoable as error:
            messages.error(request, WHY_NOT[error.reason])
            return
        for lead in (done.survivor, done.loser):
            log(instance=lead, action="wagtail.edit", user=request.user, content_changed=True)
        words = {"loser": done.loser, "survivor": done.survivor}
        messages.success(request, _("%(loser)s and %(survivor)s are two leads again.") % words)


class LinkAction(Action):
    """About a browser's link with a lead that this colleague may change."""

    back = "wagtail_leads_leads:index"

    def act(self, request, pk):
        link = get_object_or_404(VisitorLink, pk=pk)
        lead_or_404(request.user, link.lead_id, action="change")
        self.about(request, link)


class LinkTakeBack(LinkAction):
    def about(self, request, link):
        if not take_back_link(link, now=timezone.now(), by=request.user):
            messages.info(request, _("Somebody has taken this link back already."))
            return
        words = _("This browser is not this person's any more. Its visits, and the points they brought, are nobody's.")
        messages.success(request, words)


class LinkRestore(LinkAction):
    def about(self, request, link):
        try:
            holds = restore_link(link, now=timezone.now())
        except BrowserTaken:
            messages.error(request, _("Somebody else has this browser at that time. Take that link back first."))
            return
        if holds:
            messages.success(request, _("This browser is this person's again, with its visits and points."))
        else:
            messages.info(request, _("This link holds already."))


