"""Making leads and linking browsers with them. A visitor is not a lead: the link is reversible and has a time range."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from wagtail_leads import signals
from wagtail_leads.companies.operations import company_by_name, company_of_address
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.errors import AddressTaken, BadAddress
from wagtail_leads.logic.kinds import Basis, Evidence

#: What a form or a host site may fill, with its cap.
FILLABLE = ("name", "company_name", "department", "job_title", "phone", "language")


def identify(
    *, email: str, now: datetime, fields: Mapping[str, str] | None = None, source: str = "", owner=None
) -> tuple[Lead, bool]:
    """The lead of an address, made when it is new: (lead, created).

    Fields fill what is empty and replace what the person typed anew; they never blank anything. Raises `BadAddress`.
    """
    address = normalise_email(email)
    if address is None:
        raise BadAddress
    # PostgreSQL takes no NUL in text
    given = {k: str(v).replace("\x00", "").strip() for k, v in (fields or {}).items() if k in FILLABLE}
    fields = {k: v for k, v in given.items() if v}
    lead = Lead.objects.filter(email_key=email_key(address)).first()
    created = lead is None
    if lead is None:
        lead, created = _make(address, fields, source=source, owner=owner, now=now)
    lead = surviving(lead)
    if not created:
        _update(lead, fields)
    if lead.company_id is None or "company_name" in fields:
        _place_in_company(lead, now=now)
    signals.send_after_commit(signals.lead_identified, sender=Lead, lead=lead, visitor=None, created=created)
    return lead, created


def _make(address: str, fields: Mapping, *, source: str, owner, now: datetime) -> tuple[Lead, bool]:
    try:
        with transaction.atomic():
            lead = Lead(email=address, email_key=email_key(address), source=source[:100], owner=owner, created_at=now)
            _fill(lead, fields)
            lead.save(force_insert=True)
            return lead, True
    except IntegrityError:  # the same person pressed twice: the other request made the lead
        return Lead.objects.get(email_key=email_key(address)), False


def _fill(lead: Lead, fields: Mapping) -> list[str]:
    changed = []
    for name, value in fields.items():
        value = value[: Lead._meta.get_field(name).max_length]
        if getattr(lead, name) != value:
            setattr(lead, name, value)
            changed.append(name)
    return changed


def _update(lead: Lead, fields: Mapping) -> None:
    changed = _fill(lead, fields)
    if changed:
        lead.save(update_fields=changed)


def _place_in_company(lead: Lead, *, now: datetime) -> None:
    company = company_of_address(lead.email, written_name=lead.company_name, now=now)
    if company is None or lead.company_id == company.pk:
        return
    # a lead of a merged company stays with it: it is read with the survivor, and follows when the merge is taken back
    if lead.company is None or lead.company.merged_into_id != company.pk:
        lead.company = company
        lead.save(update_fields=["company"])


def surviving(lead: Lead) -> Lead:
    """The lead that a merged one lives on in."""
    for _step in range(10):
        if lead.merged_into_id is None:
            break
        lead = Lead.objects.get(pk=lead.merged_into_id)
    return lead


def save_lead(lead: Lead, *, now: datetime) -> Lead:
    """Save a lead entered or changed by hand: address normalised, company placed. Raises AddressTaken, BadAddress."""
    lead.created_at = lead.created_at or now
    if lead.email:
        address = normalise_email(lead.email)
        if address is None:
            raise BadAddress
        lead.email, lead.email_key = address, email_key(address)
        other = Lead.objects.filter(email_key=lead.email_key).exclude(pk=lead.pk).first()
        if other is not None:
            raise AddressTaken(other.pk)
    else:
        lead.email_key = None
    if lead.company_id is None:
        lead.company = (
            company_of_address(lead.email, written_name=lead.company_name, now=now)
            if lead.email
            else company_by_name(lead.company_name, now=now)
        )
    try:
        with transaction.atomic():
            lead.save()
    except IntegrityError as error:
        other = Lead.objects.filter(email_key=lead.email_key).exclude(pk=lead.pk).first()
        if other is None:
            raise
        raise AddressTaken(other.pk) from error
    return lead


def visitor_of_key(key: str, *, client_key: str, now: datetime) -> Visitor:
    """The visitor of a cookie, made when the flusher has not met it yet."""
    visitor, _made = Visitor.objects.get_or_create(
        key=key, defaults={"client_key": client_key, "first_seen_at": now, "last_seen_at": now}
    )
    return visitor


def link(
    visitor: Visitor, lead: Lead, *, evidence: Evidence, now: datetime, with_history: bool
) -> tuple[VisitorLink | None, bool]:
    """Say that this browser is this lead's: (open link, does it say more than before?).

    A browser of somebody else: strong evidence (form, login) closes that link and opens another from now on – what was
    before stays the other's. Weak evidence (a mail link: mails are forwarded) changes nothing there. A weak link of the
    same lead is confirmed by strong evidence.
    """
    visitor = Visitor.objects.select_for_update().get(pk=visitor.pk)
    current = VisitorLink.objects.filter(open_key=visitor.pk).first()
    if current is not None and current.lead_id == lead.pk:
        return current, _confirm(current, evidence, with_history=with_history)
    if current is not None:
        if evidence == Evidence.MAIL_LINK:
            return None, False
        VisitorLink.objects.filter(pk=current.pk).update(to_at=now, open_key=None)
    first_ever = current is None and not VisitorLink.objects.filter(visitor=visitor).exists()
    made = VisitorLink.objects.create(
        visitor=visitor,
        lead=lead,
        evidence=evidence.value,
        from_at=None if with_history and first_ever and evidence != Evidence.MAIL_LINK else now,
        created_at=now,
        open_key=visitor.pk,
    )
    Visitor.objects.filter(pk=visitor.pk).update(lead=lead)
    seen = Q(pk=lead.pk)
    Lead.objects.filter(seen, connected_at__isnull=True).update(connected_at=now)
    Lead.objects.filter(seen).filter(Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now)).update(last_seen_at=now)
    return made, True


def _confirm(current: VisitorLink, evidence: Evidence, *, with_history: bool) -> bool:
    """A link by mail becomes a strong one; what this browser did before counts, unless somebody else had it then."""
    if current.evidence != Evidence.MAIL_LINK or evidence == Evidence.MAIL_LINK:
        return False
    current.evidence = evidence.value
    others = VisitorLink.objects.filter(visitor_id=current.visitor_id).exclude(pk=current.pk)
    if with_history and not others.exists():
        current.from_at = None
    current.save(update_fields=["evidence", "from_at"])
    return True


def unlink(made: VisitorLink, *, now: datetime) -> None:
    """Take a link back: the browser's history is nobody's again."""
    with transaction.atomic():
        Visitor.objects.select_for_update().get(pk=made.visitor_id)
        VisitorLink.objects.filter(pk=made.pk).delete()
        if not VisitorLink.objects.filter(open_key=made.visitor_id).exists():
            Visitor.objects.filter(pk=made.visitor_id).update(lead=None)


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
        at=now,
    )
