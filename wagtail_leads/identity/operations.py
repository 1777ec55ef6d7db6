"""Making leads and linking browsers with them. A visitor is not a lead: the link is reversible and has a time range."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from wagtail_leads import signals
from wagtail_leads.companies.operations import company_by_name, company_of_address
from wagtail_leads.identity import filling, own_fields
from wagtail_leads.identity.changes import Author, ByWhat, changes_since, put_changes, snapshot
from wagtail_leads.identity.models import Consent, Lead, LeadTag, LeadTagging, Visitor, VisitorLink, open_links
from wagtail_leads.identity.queries import surviving
from wagtail_leads.logic.addresses import email_key, is_nobody, normalise_email
from wagtail_leads.logic.errors import AddressTaken, BadAddress, BrowserTaken
from wagtail_leads.logic.kinds import Basis, Evidence

#: What a form or a host site may fill.
FILLABLE = filling.FILLABLE
#: So many people within so many days: the browser is shared, and says nothing about whoever comes next.
SHARED_BY, SHARED_WITHIN = 3, timedelta(days=30)
#: Strongest first. Stronger evidence of the same person replaces weaker one.
_STRENGTH = (Evidence.LOGIN, Evidence.CONFIRMED, Evidence.FORM, Evidence.MANUAL, Evidence.MAIL_LINK)


@transaction.atomic
def identify(
    *,
    email: str,
    now: datetime,
    fields: Mapping[str, object] | None = None,
    extra: Mapping[str, object] | None = None,
    source: str = "",
    owner=None,
    origin=None,
    tags: Iterable[LeadTag] = (),
    by_what: str = ByWhat.FORM,
    by=None,
) -> tuple[Lead, bool]:
    """The lead of an address, made when it is new: (lead, created).

    `fields` (`filling.FILLABLE`) fill what is empty and replace what the person typed anew; they never blank anything.
    `extra` are values of own fields by their key; what is unknown or of another kind is left out. `source`, `owner` and
    `origin` are those of the first time. Changes of a known lead are noted. Raises `BadAddress`.
    """
    address = normalise_email(email)
    if address is None:
        raise BadAddress
    fields, extra = filling.typed(fields), own_fields.read(extra)
    # held to the end of the transaction: who is erased just now is either found whole or not at all
    lead = Lead.objects.select_for_update().filter(email_key=email_key(address)).first()
    created = lead is None
    if lead is None:
        lead, created = _make(address, fields, extra=extra, source=source, owner=owner, origin=origin, now=now)
    lead = surviving(lead)
    before = snapshot(lead)
    if not created:
        _update(lead, fields, extra, now=now)
    if lead.company_id is None or "company_name" in fields:
        _place_in_company(lead, now=now)
    if not created:  # what a lead is born with is in its columns; a change keeps what was before
        put_changes(changes_since(lead, before, author=Author(by_what=by_what, by=by), now=now))
    for tag in tags:
        put_tag(lead, tag, now=now)
    signals.send_after_commit(signals.lead_identified, sender=Lead, lead=lead, visitor=None, created=created)
    return lead, created


def _make(address: str, fields: Mapping, *, now: datetime, extra=None, **born_with) -> tuple[Lead, bool]:
    try:
        with transaction.atomic():
            born_with["source"] = born_with.get("source", "")[:100]
            lead = Lead(email=address, email_key=email_key(address), created_at=now, **born_with)
            filling.fill(lead, fields, extra)
            filling.complete(lead, now=now)
            lead.save(force_insert=True)
            return lead, True
    except IntegrityError:  # the same person pressed twice: the other request made the lead
        return Lead.objects.get(email_key=email_key(address)), False


def _update(lead: Lead, fields: Mapping, extra: Mapping, *, now: datetime) -> None:
    columns = (*FILLABLE, "extra", *filling.COMPLETED)
    before = {name: getattr(lead, name) for name in columns}
    filling.fill(lead, fields, extra)
    changed = [name for name in dict.fromkeys(columns) if getattr(lead, name) != before[name]]
    if changed:
        lead.updated_at = now
        lead.save(update_fields=[*changed, "updated_at"])


def _place_in_company(lead: Lead, *, now: datetime) -> None:
    company = company_of_address(lead.email, written_name=lead.company_name, now=now)
    if company is None or lead.company_id == company.pk:
        return
    # a lead of a merged company stays with it: it is read with the survivor, and follows when the merge is taken back
    if lead.company is None or lead.company.merged_into_id != company.pk:
        lead.company = company
        lead.save(update_fields=["company"])


def save_lead(lead: Lead, *, now: datetime, by_what: str = ByWhat.HAND, by=None) -> Lead:
    """Save a lead entered or changed by hand: address normalised, company placed, changes noted; an address is not needed.

    Raises AddressTaken, BadAddress.
    """
    lead.created_at = lead.created_at or now
    _settle_address(lead)
    stored = Lead.objects.filter(pk=lead.pk).first() if lead.pk else None
    _settle_names(lead, stored)
    filling.complete(lead, now=now)
    if lead.company_id is None:
        lead.company = (
            company_of_address(lead.email, written_name=lead.company_name, now=now)
            if lead.email
            else company_by_name(lead.company_name, now=now)
        )
    try:
        with transaction.atomic():
            lead.save()
            if stored is not None:
                put_changes(changes_since(lead, snapshot(stored), author=Author(by_what=by_what, by=by), now=now))
    except IntegrityError as error:
        other = Lead.objects.filter(email_key=lead.email_key).exclude(pk=lead.pk).first()
        if other is None:
            raise
        raise AddressTaken(other.pk) from error
    return lead


def _settle_address(lead: Lead) -> None:
    if not lead.email:
        lead.email_key = None
        return
    address = normalise_email(lead.email)
    if address is None:
        raise BadAddress
    if address != lead.email or not lead.email_key:
        lead.address_flag = ""
    lead.email, lead.email_key = address, email_key(address)
    other = Lead.objects.filter(email_key=lead.email_key).exclude(pk=lead.pk).first()
    if other is not None:
        raise AddressTaken(other.pk)


def _settle_names(lead: Lead, stored: Lead | None) -> None:
    """Whichever of the whole name and its parts was changed, the other follows."""
    if stored is None:
        return
    parts_changed = (lead.family_name, lead.given_name) != (stored.family_name, stored.given_name)
    if parts_changed and lead.name == stored.name:
        lead.name = ""  # made anew of its parts
    elif not parts_changed and lead.name != stored.name:
        filling.fill(lead, {"name": lead.name})


def put_tag(lead: Lead, tag: LeadTag, *, now: datetime) -> bool:
    """Put a tag on a lead; False when it has it already."""
    _tagging, made = LeadTagging.objects.get_or_create(lead=lead, tag=tag, defaults={"at": now})
    return made


def remove_tag(lead: Lead, tag: LeadTag) -> bool:
    """Take a tag off a lead; False when it had none."""
    return bool(LeadTagging.objects.filter(lead=lead, tag=tag).delete()[0])


def visitor_of_key(key: str, *, client_key: str, now: datetime) -> Visitor:
    """The visitor of a cookie, made when the flusher has not met it yet."""
    visitor, _made = Visitor.objects.get_or_create(
        key=key, defaults={"client_key": client_key, "first_seen_at": now, "last_seen_at": now}
    )
    return visitor


def link(
    visitor: Visitor, lead: Lead, *, evidence: Evidence, now: datetime, with_history: bool, by=None
) -> tuple[VisitorLink | None, bool]:
    """Say that this browser is this lead's: (open link, does it say more than before?). (None, False): it may not be.

    A browser of somebody else: strong evidence (form, login) closes that link and opens another from now on – what was
    before stays the other's. Weak evidence (a mail link: mails are forwarded) changes nothing there. A weak link of the
    same lead is confirmed by strong evidence. Earlier visits come along with the browser's first link only, and never
    once it is shared, or after a colleague said of this very pair that it is none.
    """
    visitor = Visitor.objects.select_for_update().get(pk=visitor.pk)
    lead = surviving(Lead.objects.get(pk=lead.pk))
    if visitor.forgotten_at is not None or not _is_linkable(lead, evidence):
        return None, False
    rows = list(VisitorLink.objects.filter(visitor=visitor).order_by("created_at", "pk"))
    links = [one for one in rows if one.revoked_at is None]
    was_taken_back = any(one.lead_id == lead.pk for one in rows if one.revoked_at is not None)
    current = next((one for one in links if one.open_key is not None), None)
    if current is not None and current.lead_id == lead.pk:
        alone = links == [current] and not was_taken_back and visitor.shared_at is None
        return current, _confirm(current, evidence, with_history=with_history and alone)
    if evidence == Evidence.MAIL_LINK and (current is not None or was_taken_back):
        return None, False
    # clocks of two machines differ, and clicks arrive late: what is somebody's already is not taken
    start = max([now, *(one.to_at or one.created_at for one in links)])
    if current is not None:
        VisitorLink.objects.filter(pk=current.pk).update(to_at=start, open_key=None)
    brings_history = with_history and evidence != Evidence.MAIL_LINK
    made = VisitorLink.objects.create(
        visitor=visitor,
        lead=lead,
        evidence=evidence.value,
        from_at=None if brings_history and not links and not was_taken_back and not visitor.shared_at else start,
        created_at=start,
        created_by=by,
        open_key=visitor.pk,
    )
    Visitor.objects.filter(pk=visitor.pk).update(lead=lead, shared_at=visitor.shared_at or _shared_since([*links, made]))
    seen = Q(pk=lead.pk)
    Lead.objects.filter(seen, connected_at__isnull=True).update(connected_at=now)
    Lead.objects.filter(seen).filter(Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now)).update(last_seen_at=now)
    return made, True


def _is_linkable(lead: Lead, evidence: Evidence) -> bool:
    """Not a person who is gone; not a word that stands for nobody (test@, noreply@), unless a colleague says so; and
    for one who asked us to stop, only what they do themselves under their name."""
    if lead.erased_at is not None or lead.merged_into_id is not None:
        return False
    if is_nobody(lead.email) and evidence != Evidence.MANUAL:
        return False
    return lead.stopped_at is None or evidence not in (Evidence.MAIL_LINK, Evidence.MANUAL)


def _confirm(current: VisitorLink, evidence: Evidence, *, with_history: bool) -> bool:
    """A link by mail becomes a strong one; what this browser did before counts, unless somebody else had it then."""
    was = Evidence(current.evidence)
    if _STRENGTH.index(evidence) >= _STRENGTH.index(was):
        return False
    current.evidence = evidence.value
    was_weak = was == Evidence.MAIL_LINK
    if was_weak and with_history and evidence != Evidence.MANUAL:
        current.from_at = None
    current.save(update_fields=["evidence", "from_at"])
    return was_weak


def _shared_since(links: Iterable[VisitorLink]) -> datetime | None:
    """When the third person within 30 days took the browser; None when that never was. Weak links name nobody."""
    strong = sorted((one for one in links if one.evidence != Evidence.MAIL_LINK), key=lambda one: one.created_at)
    for last in strong:
        window = [one for one in strong if last.created_at - SHARED_WITHIN <= one.created_at <= last.created_at]
        if len({one.lead_id for one in window}) >= SHARED_BY:
            return last.created_at
    return None


def unlink(made: VisitorLink, *, now: datetime, by=None) -> bool:
    """Take a link back: the row stays, what the browser did in its time is nobody's again. False: it was taken back before.

    Points are not touched here: call `merging.take_back_link`.
    """
    with transaction.atomic():
        Visitor.objects.select_for_update().get(pk=made.visitor_id)
        held = VisitorLink.objects.filter(open_links(), pk=made.pk)
        done = held.update(revoked_at=now, revoked_by=by, open_key=None)
        settle_browsers([made.visitor_id])
        settle_contact([made.lead_id])
    return bool(done)


def relink(made: VisitorLink) -> bool:
    """Let a link that was taken back hold again. False: it holds already. Raises `BrowserTaken`.

    One that was open when it was taken back is open again, or ends where somebody else's began meanwhile.
    """
    with transaction.atomic():
        visitor = Visitor.objects.select_for_update().get(pk=made.visitor_id)
        row = VisitorLink.objects.select_related("lead").get(pk=made.pk)
        if row.revoked_at is None:
            return False
        others = list(VisitorLink.objects.filter(open_links(), visitor=visitor).order_by("created_at", "pk"))
        if visitor.forgotten_at or row.lead.erased_at or any(_overlaps(other, row) for other in others):
            raise BrowserTaken
        if row.to_at is None:
            begun = [other.from_at for other in others if row.from_at is None or other.from_at >= row.from_at]
            row.to_at = min(begun, default=None)
            row.open_key = visitor.pk if row.to_at is None else None
        row.revoked_at = row.revoked_by = None
        row.save(update_fields=["to_at", "open_key", "revoked_at", "revoked_by"])
        settle_browsers([visitor.pk])
        settle_contact([row.lead_id])
    return True


def _overlaps(other: VisitorLink, row: VisitorLink) -> bool:
    """Does the other link hold at a time that is the row's? One that begins within an open row ends it, and is none."""
    ends_before = other.to_at is not None and row.from_at is not None and other.to_at <= row.from_at
    if ends_before:
        return False
    if other.from_at is None or (row.from_at is not None and other.from_at < row.from_at):
        return True
    return row.to_at is not None and other.from_at < row.to_at


def settle_browsers(visitor_ids: Iterable[int]) -> None:
    """Browsers say again what their links say: whose they are now, and whether they are shared. Locked by the caller."""
    wanted = sorted(set(visitor_ids))
    links: dict[int, list[VisitorLink]] = {}
    for one in VisitorLink.objects.filter(open_links(), visitor_id__in=wanted):
        links.setdefault(one.visitor_id, []).append(one)
    for visitor in Visitor.objects.filter(pk__in=wanted):
        mine = links.get(visitor.pk, [])
        says = (next((one.lead_id for one in mine if one.open_key is not None), None), _shared_since(mine))
        if (visitor.lead_id, visitor.shared_at) != says:
            Visitor.objects.filter(pk=visitor.pk).update(lead=says[0], shared_at=says[1])


def settle_contact(lead_ids: Iterable[int]) -> None:
    """Leads are connected since, and were last seen, as their links that hold say."""
    for lead_id in set(lead_ids):
        links = list(VisitorLink.objects.filter(open_links(), lead=lead_id).select_related("visitor"))
        first = min((one.created_at for one in links), default=None)
        last = max((max(one.created_at, _seen_in(one)) for one in links), default=None)
        Lead.objects.filter(pk=lead_id, erased_at__isnull=True).update(connected_at=first, last_seen_at=last)


def _seen_in(link: VisitorLink) -> datetime:
    """The browser's last page of the link's time, as far as its row tells."""
    last = link.visitor.last_seen_at
    return min(link.to_at, last) if link.to_at else last


def record_consent(
    lead: Lead | None,
    *,
    key: str,
    granted: bool,
    now: datetime,
    wording: str = "",
    basis: Basis = Basis.CONSENT,
    source: str = "",
    page_id: int | None = None,
    page_url: str = "",
    version: str = "",
    form_version: int | None = None,
    confirmed_at: datetime | None = None,
) -> Consent:
    """Append one answer with the wording shown; never overwrites an earlier one."""
    return Consent.objects.create(
        lead=lead,
        email_key=key,
        granted=granted,
        basis=basis.value,
        wording=wording,
        source=source[:200],
        page_id=page_id,
        page_url=page_url[:500],
        version=version,
        form_version=form_version,
        confirmed_at=confirmed_at,
        at=now,
    )
