"""Which value stays when two leads become one, and what goes back when they part. The log is JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wagtail_leads.identity import keys
from wagtail_leads.identity.changes import OWN, text_of
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.japanese import person_match_name
from wagtail_leads.logic.kinds import ContactWish

#: Columns that go together: half a name of one person and half of another's is nobody's.
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name", "family_name", "given_name", "family_kana", "given_kana"),
    "company": ("company_name", "company_id"),
    "department": ("department",),
    "job_title": ("job_title",),
    "phone": ("phone",),
    "mobile": ("mobile",),
    "address": ("postal_code", "prefecture", "address"),
    "language": ("language",),
    "stage": ("stage",),
    "owner": ("owner_id",),
    "origin": ("origin_id",),
    "source": ("source",),
    "note": ("note",),
}
EMAIL = "email"
LOSER, SURVIVOR, BOTH = "loser", "survivor", "both"
#: The most careful first.
_CAREFUL = (ContactWish.NO_CONTACT, ContactWish.MAIL_ONLY, ContactWish.PHONE_FINE, ContactWish.NOT_SAID)
_TIMES = {"connected_at": min, "last_seen_at": max, "stopped_at": min}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing of which the two leads say something else."""

    #: Key for `take`: one of `GROUPS`, "email", or "extra.<key>".
    group: str
    loser: str
    survivor: str
    #: What happens when nobody chooses.
    default: str = SURVIVOR


def differences(loser: Lead, survivor: Lead) -> list[Difference]:
    """Where a person has to choose; what only one of them says is simply kept. No query beyond the foreign keys'."""
    found = []
    if loser.email and survivor.email and loser.email != survivor.email:
        found.append(Difference(group=EMAIL, loser=loser.email, survivor=survivor.email))
    for group in GROUPS:
        if _conflict(group, loser, survivor):
            default = BOTH if group == "note" else SURVIVOR
            told_by = [told(lead, group) for lead in (loser, survivor)]
            found.append(Difference(group=group, loser=told_by[0], survivor=told_by[1], default=default))
    mine, theirs = survivor.extra or {}, loser.extra or {}
    for key in sorted(set(mine) & set(theirs)):
        if mine[key] != theirs[key]:
            found.append(Difference(group=f"{OWN}{key}", loser=text_of(theirs[key]), survivor=text_of(mine[key])))
    return found


def told(lead: Lead, group: str) -> str:
    """What a lead says of it, as people read it: the owner's name, not a number."""
    if group == "name":
        return " / ".join(filter(None, [lead.name, f"{lead.family_kana} {lead.given_kana}".strip()]))
    if group == "stage":
        return str(lead.get_stage_display())
    values = []
    for name in GROUPS.get(group, (group,)):
        value = getattr(lead, name.removesuffix("_id"))
        if value and str(value) not in values:
            values.append(str(value))
    return " / ".join(values)


def _conflict(group: str, loser: Lead, survivor: Lead) -> bool:
    if group == "name" and loser.name and survivor.name:
        if person_match_name(loser.name) != person_match_name(survivor.name):
            return True
    pairs = [(getattr(loser, name), getattr(survivor, name)) for name in GROUPS[group]]
    if group == "name":  # 山田 太郎 and 山田太郎 are one name; kana may differ
        pairs = pairs[1:]
    return any(one and other and one != other for one, other in pairs)


def join(loser: Lead, survivor: Lead, *, take: Mapping[str, str], now: datetime) -> dict:
    """Write on the survivor what it has from now on; returns the log: what was before and what became of it."""
    log = {"changed": {}, "extra": {}, "email": _join_addresses(loser, survivor, take)}
    for name, value in _columns(loser, survivor, take).items():
        was = getattr(survivor, name)
        if was != value:
            log["changed"][name] = [_json(was), _json(value)]
            setattr(survivor, name, value)
    extra = dict(survivor.extra or {})
    for key, value in (loser.extra or {}).items():
        if key not in extra or (take.get(f"{OWN}{key}") == LOSER and extra[key] != value):
            log["extra"][key] = [extra.get(key), value]
            extra[key] = value
    survivor.extra = extra
    _save(survivor, [*log["changed"], "extra"], now=now)
    return log


def _columns(loser: Lead, survivor: Lead, take: Mapping[str, str]) -> dict:
    values = {}
    for group, columns in GROUPS.items():
        theirs = {name: getattr(loser, name) for name in columns}
        mine = {name: getattr(survivor, name) for name in columns}
        wanted = take.get(group, SURVIVOR)
        differ = _conflict(group, loser, survivor)
        if not any(theirs.values()):
            continue
        if not any(mine.values()) or (differ and wanted == LOSER):
            values |= theirs
        elif group == "note" and differ and take.get(group) != SURVIVOR:  # words of two colleagues: both stay
            values["note"] = f"{survivor.note.rstrip()}\n\n{loser.note.lstrip()}"
        elif not differ:
            values |= {name: value for name, value in theirs.items() if value and not mine[name]}
    wishes = [ContactWish(lead.contact_wish) for lead in (loser, survivor)]
    values["contact_wish"] = min(wishes, key=_CAREFUL.index).value
    for name, choose in _TIMES.items():
        values[name] = choose([t for t in (getattr(loser, name), getattr(survivor, name)) if t], default=None)
    return values


def _join_addresses(loser: Lead, survivor: Lead, take: Mapping[str, str]) -> dict:
    """The survivor's own stays, unless it has none or the other's is chosen: then they change places, so that either
    still leads to the survivor."""
    if not loser.email or (survivor.email and take.get(EMAIL) != LOSER):
        return {}
    log = {"loser": [loser.email, survivor.email], "survivor": [survivor.email, loser.email]}
    _exchange(loser, survivor)
    return log


def _exchange(loser: Lead, survivor: Lead) -> None:
    for name in ("email", "email_key", "address_flag", "address_key"):
        mine, theirs = getattr(survivor, name), getattr(loser, name)
        setattr(survivor, name, theirs)
        setattr(loser, name, mine)
    names = ["email", "email_key", "address_flag", "address_key"]
    Lead.objects.filter(pk=loser.pk).update(email_key=None)  # one address, one lead, at every moment
    survivor.save(update_fields=names)
    loser.save(update_fields=names)


def part(loser: Lead, survivor: Lead, log: Mapping, *, now: datetime) -> None:
    """Give back what the merge filled; what somebody changed since stays as it is."""
    told = log.get("email") or {}
    if told and (loser.email, survivor.email) == (told["loser"][1], told["survivor"][1]):
        _exchange(loser, survivor)
    elif told and not loser.email and not Lead.objects.filter(email_key=email_key(told["loser"][0])).exists():
        Lead.objects.filter(pk=loser.pk).update(email=told["loser"][0], email_key=email_key(told["loser"][0]))
        loser.refresh_from_db(fields=["email", "email_key"])
    changed = []
    for name, (before, after) in log.get("changed", {}).items():
        if _json(getattr(survivor, name)) == after:
            setattr(survivor, name, _value(name, before))
            changed.append(name)
    extra = dict(survivor.extra or {})
    for key, (before, after) in log.get("extra", {}).items():
        if extra.get(key) == after:
            extra.pop(key) if before is None else extra.update({key: before})
    survivor.extra = extra
    _save(survivor, [*changed, "extra"], now=now)


def forget_filled(later: dict, undone: Mapping) -> bool:
    """A later merge's log holds, as "before", values that an undone one had filled: they are put to what was before that.

    Returns whether the log was changed.
    """
    hit = False
    for part_of in ("changed", "extra"):
        for name, (before, after) in undone.get(part_of, {}).items():
            mine = later.get(part_of, {}).get(name)
            if mine is not None and mine[0] == after:
                mine[0], hit = before, True
    return hit


def _save(lead: Lead, names: list[str], *, now: datetime) -> None:
    keys.set_keys(lead)
    lead.updated_at = now
    lead.save(update_fields=[*dict.fromkeys(names), *keys.KEYS, "updated_at"])


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(name: str, kept: object) -> object:
    """From the log; a colleague, company or source that is gone by now is nobody."""
    if name in _TIMES:
        return datetime.fromisoformat(kept) if kept else None
    if name.endswith("_id") and kept is not None:
        related = Lead._meta.get_field(name.removesuffix("_id")).related_model
        return kept if related.objects.filter(pk=kept).exists() else None
    return kept
