"""One chunk of an imported file: what each row means for the leads that there are (`decide`), and its writing.

Deciding reads and changes objects in memory only, so a preview is the same code as the import. Queries do not grow with
the number of rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q

from wagtail_leads import signals
from wagtail_leads.capture.models import ImportRow, LeadImport
from wagtail_leads.companies.of_leads import companies_of_leads
from wagtail_leads.identity import changes, filling, keys
from wagtail_leads.identity.models import Consent, Lead, LeadTag, LeadTagging
from wagtail_leads.logic.japanese import person_match_name
from wagtail_leads.logic.kinds import AddressFlag, Basis, ContactWish, RowOutcome, Stage
from wagtail_leads.logic.lead_files import NUL, FileRow
from wagtail_leads.logic.lead_rows import LENGTHS, Plan
from wagtail_leads.mailing.models import Suppression

SOURCE = "import"
#: Columns of a known lead that an import may write.
WRITTEN = tuple(
    dict.fromkeys(
        (*filling.FILLABLE, "extra", *filling.COMPLETED, "updated_at", "note", "company", "owner", "origin")
    )
)
#: Fields that belong together: a name is never put together from two sources.
_NAMES, _KANA = ("name", "family_name", "given_name"), ("family_kana", "given_kana")
_PLACE = ("postal_code", "prefecture", "address")
_SINGLE = ("company_name", "department", "job_title", "phone", "mobile")


@dataclass(kw_only=True)
class Decision:
    """What becomes of one row."""

    plan: Plan
    cells: list[str]
    outcome: RowOutcome
    lead: Lead | None = None
    notes: list[str] = field(default_factory=list)
    #: (field, before, after) of a lead that was known.
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    #: True: we may write to them; False: they want no mail; None: nothing new is known.
    consent: bool | None = None


@dataclass(kw_only=True)
class Chunk:
    decisions: list[Decision] = field(default_factory=list)
    #: Leads that are new, and known ones that change: pk -> (lead, how it was).
    new: list[Lead] = field(default_factory=list)
    touched: dict[int, tuple[Lead, dict]] = field(default_factory=dict)
    #: Leads whose company is to be found.
    to_place: list[Lead] = field(default_factory=list)

    def count(self, outcome: RowOutcome) -> int:
        return sum(1 for one in self.decisions if one.outcome == outcome)


class Answer(NamedTuple):
    """The newest answer of an address to "may we write?"."""

    granted: bool
    basis: str
    source: str


class Known:
    """What the database says about the people of a chunk. `lock`: their rows are ours until the transaction ends."""

    def __init__(self, plans: Sequence[Plan], file: LeadImport, *, lock: bool):
        self.addresses = {plan.email_key for plan in plans if plan.email_key}
        mobiles = {plan.mobile: keys.phone_key(plan.mobile) for plan in plans if plan.mobile and not plan.email_key}
        self.leads: dict[str, list[Lead]] = {}
        rows = self._leads(set(mobiles.values()), lock=lock)
        for lead in rows:
            if lead.email_key in self.addresses:
                self.leads[lead.email_key] = [lead]
        for mobile, key in mobiles.items():
            same = [lead for lead in rows if lead.mobile_key == key and not lead.merged_into_id and not lead.erased_at]
            if same:
                self.leads[mobile] = same
        self._follow_merges(lock=lock)
        found = [lead.pk for same in self.leads.values() for lead in same]
        tagged = LeadTagging.objects.filter(lead_id__in=found).values_list("lead_id", "tag__name")
        self.tags: set[tuple[int, str]] = set(tagged)
        self.in_file = set(ImportRow.objects.filter(file=file, lead_id__in=found).values_list("lead_id", flat=True))
        answers = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key__in=self.addresses)
        told = answers.order_by("pk").values_list("email_key", "granted", "basis", "source")
        self.answers = {key: Answer(*answer) for key, *answer in told}
        suppressed = Suppression.objects.filter(address_key__in=self.addresses)
        self.suppressed = set(suppressed.values_list("address_key", flat=True))

    def _leads(self, mobiles: set[str], *, lock: bool) -> list[Lead]:
        wanted = Q(email_key__in=self.addresses) if self.addresses else Q()
        wanted |= Q(mobile_key__in=mobiles - {""}) if mobiles - {""} else Q()
        return list(_locked(Lead.objects.filter(wanted), lock)) if wanted else []

    def _follow_merges(self, *, lock: bool) -> None:
        """Leads that were merged away stand for the one they live on in."""
        for _step in range(10):
            gone = {lead.merged_into_id for same in self.leads.values() for lead in same if lead.merged_into_id}
            if not gone:
                return
            living = {lead.pk: lead for lead in _locked(Lead.objects.filter(pk__in=gone), lock)}
            # one object for one lead, so that two rows about it see each other's changes
            living |= {lead.pk: lead for same in self.leads.values() for lead in same if lead.pk in living}
            self.leads = {
                key: [living.get(lead.merged_into_id, lead) if lead.merged_into_id else lead for lead in same]
                for key, same in self.leads.items()
            }


def _locked(rows, lock: bool):
    rows = rows.order_by("pk")
    return rows.select_for_update() if lock else rows


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for the whole file."""

    file: LeadImport
    #: Names, addresses and log-ins of colleagues -> primary key.
    colleagues: Mapping[str, int] = field(default_factory=dict)
    #: Whoever imports may change leads of other owners, too: with the permission, or at the server's command line.
    may_change_any: bool = True

    @property
    def source(self) -> str:
        """Kept with each address as proof: where it comes from."""
        origin = f"{self.file.origin.name} – " if self.file.origin_id else ""
        return f"{origin}{self.file.name}"[:200]


def terms_of(file: LeadImport) -> Terms:
    """A few queries; the colleagues only where a column names them."""
    has_owners = "owner" in file.mapping.values()
    may_any = file.by is None or file.by.has_perm("wagtail_leads.change_any_lead")
    return Terms(file=file, colleagues=_colleagues() if has_owners else {}, may_change_any=may_any)


def _colleagues() -> dict[str, int]:
    users = get_user_model()._default_manager.filter(is_active=True)
    users = users.filter(Q(is_superuser=True) | Q(groups__isnull=False)).distinct()
    found: dict[str, int] = {}
    for user in users:
        parts = [getattr(user, "last_name", ""), getattr(user, "first_name", "")]
        names = (user.get_username(), getattr(user, "email", ""), user.get_full_name(), "".join(parts), "".join(parts[::-1]))
        found |= {_plain_name(name): user.pk for name in names if name and _plain_name(name) not in found}
    return found


def _plain_name(name: str) -> str:
    return "".join(name.split()).casefold()


# --- Deciding -------------------------------------------------------------------------------------------------------


def decide(rows: Sequence[FileRow], plans: Sequence[Plan], terms: Terms, *, now: datetime, lock: bool = False) -> Chunk:
    """What becomes of each row. Leads change in memory; nothing is written."""
    known, chunk = Known([plan for plan in plans if not plan.reason], terms.file, lock=lock), Chunk()
    fresh: set[str] = set()
    for row, plan in zip(rows, plans, strict=True):
        decision = _decide_row(plan, known, chunk, terms, fresh, now=now)
        decision.cells = [cell.replace(NUL, "") for cell in row.cells]
        decision.notes = list(dict.fromkeys([*([plan.reason] if plan.reason else []), *plan.notes, *decision.notes]))
        chunk.decisions.append(decision)
    return chunk


def _decide_row(plan: Plan, known: Known, chunk: Chunk, terms: Terms, fresh: set[str], *, now: datetime) -> Decision:
    if plan.reason:
        return Decision(plan=plan, cells=[], outcome=RowOutcome.BAD)
    same = known.leads.get(plan.key, [])
    if len(same) > 1:
        return Decision(plan=plan, cells=[], outcome=RowOutcome.BAD, notes=["several_leads"])
    if not same:
        return _decide_new(plan, known, chunk, terms, fresh, now=now)
    lead = same[0]
    if lead.stopped_at is not None or lead.erased_at is not None:
        return Decision(plan=plan, cells=[], outcome=RowOutcome.SKIPPED, lead=lead, notes=["use_stopped"])
    if not _may_change(lead, known, terms):
        return Decision(plan=plan, cells=[], outcome=RowOutcome.SKIPPED, lead=lead, notes=["other_owner"])
    again = ["again_in_file"] if plan.key in fresh or lead.pk in known.in_file else []
    if terms.file.policy == LeadImport.Policy.SKIP.value:
        return Decision(plan=plan, cells=[], outcome=RowOutcome.SKIPPED, lead=lead, notes=[*again, "known"])
    decision = _decide_known(lead, plan, known, chunk, terms, now=now)
    decision.notes += again
    return decision


def _may_change(lead: Lead, known: Known, terms: Terms) -> bool:
    """The same rule as on the screens: own leads, those of nobody, and those that this file made itself."""
    is_ours = lead.pk is None or lead.pk in known.in_file or lead.owner_id in (None, terms.file.by_id)
    return is_ours or terms.may_change_any


def _decide_new(plan: Plan, known: Known, chunk: Chunk, terms: Terms, fresh: set[str], *, now: datetime) -> Decision:
    file, notes = terms.file, []
    lead = Lead(created_at=now, source=SOURCE, origin_id=file.origin_id, email_key=plan.email_key or None)
    for name, value in plan.values.items():
        setattr(lead, name, value)
    lead.stage = plan.values.get("stage", Stage.LATENT.value)
    lead.extra = dict(plan.extra)
    lead.owner_id = _owner(lead, plan, terms, notes) or file.owner_id
    filling.complete(lead, now=now)
    if lead.address_flag != AddressFlag.NONE.value:
        notes.append(f"flag:{lead.address_flag}")
    chunk.new.append(lead)
    chunk.to_place.append(lead)
    known.leads[plan.key] = [lead]
    fresh.add(plan.key)
    consent = _consent(plan, known, terms, notes)
    return Decision(
        plan=plan,
        cells=[],
        outcome=RowOutcome.MADE,
        lead=lead,
        notes=notes,
        tags=_tags(plan, terms),
        consent=consent,
    )


def _decide_known(lead: Lead, plan: Plan, known: Known, chunk: Chunk, terms: Terms, *, now: datetime) -> Decision:
    notes: list[str] = []
    before = changes.snapshot(lead)
    company_before = lead.company_name
    _merge(lead, plan, terms, notes)
    after = changes.snapshot(lead)
    changed = [(name, before.get(name, ""), after[name]) for name in after if before.get(name, "") != after[name]]
    tags = tuple(tag for tag in _tags(plan, terms) if lead.pk is None or (lead.pk, tag) not in known.tags)
    if changed:
        filling.complete(lead, now=now)
    if changed and lead.pk is not None:
        chunk.touched.setdefault(lead.pk, (lead, before))
    if lead.pk is not None and (lead.company_name != company_before or (changed and lead.company_id is None)):
        chunk.to_place.append(lead)
    consent = _consent(plan, known, terms, notes)
    is_new = bool(changed or tags or consent is not None)
    outcome = RowOutcome.UPDATED if is_new else RowOutcome.UNCHANGED
    return Decision(
        plan=plan, cells=[], outcome=outcome, lead=lead, notes=notes, changed=changed, tags=tags, consent=consent
    )


def _merge(lead: Lead, plan: Plan, terms: Terms, notes: list[str]) -> None:
    """The file's values on a known lead, by the file's policy. Nothing is blanked."""
    overwrite = terms.file.policy == LeadImport.Policy.UPDATE.value
    values = plan.values
    for group in (_NAMES, _KANA):
        is_known = any(getattr(lead, name) for name in group)
        if _is_same_name(lead, values, group):
            continue
        if any(values.get(name) for name in group) and (overwrite or not is_known):
            for name in group:
                setattr(lead, name, values.get(name, ""))
    _merge_place(lead, values, overwrite)
    for name in _SINGLE:
        if values.get(name) and (overwrite or not getattr(lead, name)):
            setattr(lead, name, values[name])
    extra = {key: value for key, value in plan.extra.items() if overwrite or (lead.extra or {}).get(key) in (None, "", [])}
    if extra:
        lead.extra = {**(lead.extra or {}), **extra}
    _merge_wish(lead, values.get("contact_wish", ""), overwrite, notes)
    _merge_note(lead, values.get("note", ""), notes)
    if values.get("stage") and values["stage"] != lead.stage:
        notes.append("stage_kept")  # a stage is changed by colleagues and rules, which keep its history
    if lead.owner_id is None or overwrite:
        lead.owner_id = _owner(lead, plan, terms, notes) or lead.owner_id
    lead.origin_id = lead.origin_id or terms.file.origin_id


def _is_same_name(lead: Lead, values: Mapping[str, str], group: tuple) -> bool:
    """山田太郎 in the file says less than 山田 太郎 that we have."""
    if group is not _NAMES or any(values.get(part) for part in _NAMES[1:]):
        return False
    return bool(lead.name) and person_match_name(lead.name) == person_match_name(values.get("name", ""))


def _merge_place(lead: Lead, values: Mapping[str, str], overwrite: bool) -> None:
    """Parts of an address are filled in only where those that are known agree."""
    given = {name: values[name] for name in _PLACE if values.get(name)}
    if overwrite or all(getattr(lead, name) in ("", value) for name, value in given.items()):
        for name, value in given.items():
            setattr(lead, name, value)


def _merge_wish(lead: Lead, wish: str, overwrite: bool, notes: list[str]) -> None:
    """Who said that they want no contact says so until they say otherwise themselves."""
    if not wish or wish == lead.contact_wish:
        return
    if lead.contact_wish == ContactWish.NO_CONTACT.value:
        notes.append("wish_kept")
    elif overwrite or not lead.contact_wish or wish == ContactWish.NO_CONTACT.value:
        lead.contact_wish = wish


def _merge_note(lead: Lead, note: str, notes: list[str]) -> None:
    """Colleagues' notes are added to, never replaced; the same file again adds nothing."""
    lines = [line for line in note.splitlines() if line.strip() and line not in lead.note]
    longer = "\n".join([*([lead.note] if lead.note else []), *lines])
    if len(longer) > 5 * LENGTHS["note"]:
        notes.append("note_full")
    elif lines:
        lead.note = longer


def _owner(lead: Lead, plan: Plan, terms: Terms, notes: list[str]) -> int | None:
    if not plan.owner:
        return None
    found = terms.colleagues.get(_plain_name(plan.owner))
    if found is None:
        notes.append("unknown_owner")
    return found


def _tags(plan: Plan, terms: Terms) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*([terms.file.tag.name] if terms.file.tag_id else []), *plan.tags]))


def _consent(plan: Plan, known: Known, terms: Terms, notes: list[str]) -> bool | None:
    """May we write? A no that was said holds against every file; the same answer from the same file is told once."""
    if not plan.email_key:
        return None
    newest = known.answers.get(plan.email_key)
    if plan.email_key in known.suppressed:
        notes.append("suppressed")
    elif newest is not None and not newest.granted:
        notes.append("refused_before")
    if plan.opted_out:
        notes.append("opted_out")
        said = newest is not None and not newest.granted
        return _answered(plan, known, granted=False, basis=Basis.CONSENT.value, terms=terms) if not said else None
    if plan.is_silent_on_mail:
        notes.append("no_yes")
        return None
    if not terms.file.basis or plan.email_key in known.suppressed or (newest is not None and not newest.granted):
        return None
    if newest is not None and (newest.basis, newest.source) == (terms.file.basis, terms.source):
        return None
    return _answered(plan, known, granted=True, basis=terms.file.basis, terms=terms)


def _answered(plan: Plan, known: Known, *, granted: bool, basis: str, terms: Terms) -> bool:
    """A second row about the same address finds this answer."""
    known.answers[plan.email_key] = Answer(granted, basis, terms.source)
    return granted


# --- Writing --------------------------------------------------------------------------------------------------------


def put_chunk(chunk: Chunk, terms: Terms, *, now: datetime) -> None:
    """Write what was decided; in the caller's transaction, which holds the locks."""
    _place(chunk, now=now)
    _put_leads(chunk.new)
    _put_touched(chunk, terms, now=now)
    _put_tags(chunk, now=now)
    _put_consents(chunk, terms, now=now)
    ImportRow.objects.bulk_create(
        [
            ImportRow(
                file=terms.file,
                number=one.plan.number,
                lead=one.lead,
                outcome=one.outcome.value,
                notes=one.notes,
                cells=one.cells if one.outcome in (RowOutcome.BAD, RowOutcome.SKIPPED) else [],
            )
            for one in chunk.decisions
        ]
    )
    _tell(chunk)


def _place(chunk: Chunk, *, now: datetime) -> None:
    people = [(lead.email, lead.company_name) for lead in chunk.to_place]
    for lead, company in zip(chunk.to_place, companies_of_leads(people, now=now), strict=True):
        if company is not None:
            lead.company_id = company.pk


def _put_leads(new: list[Lead]) -> None:
    if connection.features.can_return_rows_from_bulk_insert:
        Lead.objects.bulk_create(new)
        return
    # MySQL tells no primary keys: those with an address are read back by it, the others are written one by one
    with_address = [lead for lead in new if lead.email_key]
    Lead.objects.bulk_create(with_address)
    found = dict(Lead.objects.filter(email_key__in=[lead.email_key for lead in with_address]).values_list("email_key", "pk"))
    for lead in with_address:
        lead.pk = found[lead.email_key]
    for lead in new:
        if not lead.email_key:
            lead.save(force_insert=True)


def _put_touched(chunk: Chunk, terms: Terms, *, now: datetime) -> None:
    if not chunk.touched:
        return
    author = changes.Author(by_what=changes.ByWhat.IMPORT.value, by=terms.file.by)
    rows = [chunk.touched[pk][0] for pk in sorted(chunk.touched)]
    # an upsert by primary key: on SQLite ten times as fast as bulk_update's CASE for each column
    target = {"unique_fields": ["pk"]} if connection.features.supports_update_conflicts_with_target else {}
    Lead.objects.bulk_create(rows, update_conflicts=True, update_fields=list(WRITTEN), **target)
    changes.put_changes(
        change
        for lead, before in chunk.touched.values()
        for change in changes.changes_since(lead, before, author=author, now=now)
    )


def _put_tags(chunk: Chunk, *, now: datetime) -> None:
    names = sorted({tag for one in chunk.decisions for tag in one.tags})
    if not names:
        return
    tags = _tags_by_name(names)
    LeadTagging.objects.bulk_create(
        [LeadTagging(lead=one.lead, tag_id=tags[tag], at=now) for one in chunk.decisions for tag in one.tags],
        ignore_conflicts=True,
    )


def _tags_by_name(names: list[str]) -> dict[str, int]:
    found = dict(LeadTag.objects.filter(name__in=names).values_list("name", "pk"))
    missing = [name for name in names if name not in found]
    if missing:
        LeadTag.objects.bulk_create([LeadTag(name=name) for name in missing], ignore_conflicts=True)
        found |= dict(LeadTag.objects.filter(name__in=missing).values_list("name", "pk"))
    for name in missing:
        if name not in found:  # a collation takes it for another one (VIP for vip)
            found[name] = LeadTag.objects.filter(name=name).values_list("pk", flat=True).get()
    return found


def _put_consents(chunk: Chunk, terms: Terms, *, now: datetime) -> None:
    Consent.objects.bulk_create(
        [
            Consent(
                lead=one.lead,
                question=Consent.Question.MAIL.value,
                email_key=one.plan.email_key,
                granted=one.consent,
                basis=terms.file.basis if one.consent else Basis.CONSENT.value,
                wording=terms.file.basis_detail if one.consent else "",
                source=terms.source,
                at=now,
            )
            for one in chunk.decisions
            if one.consent is not None
        ]
    )


def _tell(chunk: Chunk) -> None:
    """The host site hears of each, where it listens."""
    if not signals.lead_identified.has_listeners(Lead):
        return
    for one in chunk.decisions:
        if one.outcome in (RowOutcome.MADE, RowOutcome.UPDATED):
            signals.send_after_commit(
                signals.lead_identified,
                sender=Lead,
                lead=one.lead,
                visitor=None,
                created=one.outcome == RowOutcome.MADE,
            )
