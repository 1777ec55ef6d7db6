"""Marking pages: gated, high intent, and what a page is about."""

import logging
import unicodedata

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from wagtail.log_actions import log

from wagtail_leads.content import inheritance
from wagtail_leads.content.models import PagePolicy, Problem, Topic
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import GateBy

logger = logging.getLogger(__name__)

#: The action under which marks are logged in the page's history.
LOG_ACTION = "wagtail_leads.marks"
TOPIC_NAME_LENGTH = 100


def mark_page(
    page,
    *,
    user,
    now,
    gated,
    high_intent,
    teaser="",
    show_teaser=True,
    gate_by=GateBy.FORM,
    gate_stages=(),
    form_id=None,
    topics=(),
    problem="",
    purchase_stage="",
    content_kind="",
    applies_below=False,
    translations=True,
) -> PagePolicy:
    """Write a page's own marks, log them in its history, hand them down and purge what changed from the front-end cache.

    `topics` and `problem` are names; those that do not exist are made. `gate_stages` are lifecycle stages, for a gate by
    stage. With `translations`, the page's translations that `user` may publish get the same marks; their teaser and form
    stay, since those are texts in one language. With `applies_below`, pages below that are not marked themselves get them.
    """
    shared = {
        "gated": bool(gated),
        "high_intent": bool(high_intent),
        "show_teaser": bool(show_teaser),
        "gate_by": str(gate_by),
        "gate_stages": " ".join(str(stage) for stage in gate_stages),
        "problem": find_or_create_problem(problem),
        "purchase_stage": str(purchase_stage),
        "content_kind": str(content_kind),
        "applies_below": bool(applies_below),
        "inherited_from": None,
    }
    with transaction.atomic():
        found = find_or_create_topics(topics)
        policy = _write(page, shared | {"teaser": teaser, "form_id": form_id}, found, user=user, now=now)
        others = publishable_translations(page, user) if translations else []
        for other in others:
            _write(other, shared, found, user=user, now=now)
    _follow([page, *others], now=now)
    return policy


def change_marks(page, *, user, now, add_topics=(), **changes) -> PagePolicy:
    """Change some marks of a page and leave the others as they are; what it had from above becomes its own.

    `changes`: as `mark_page` takes them. Translations are not touched.
    """
    policy = PagePolicy.objects.filter(pk=page.pk).first() or PagePolicy(page=page)
    topics = [*(topic.name for topic in policy.topics.all()), *add_topics] if policy.updated_at else list(add_topics)
    held = {
        "gated": policy.gated,
        "high_intent": policy.high_intent,
        "teaser": policy.teaser,
        "show_teaser": policy.show_teaser,
        "gate_by": policy.gate_by,
        "gate_stages": policy.gate_stages.split(),
        "form_id": policy.form_id,
        "problem": policy.problem.name if policy.problem else "",
        "purchase_stage": policy.purchase_stage,
        "content_kind": policy.content_kind,
        "applies_below": policy.applies_below,
    }
    return mark_page(page, user=user, now=now, topics=topics, translations=False, **(held | changes))


def unmark_page(page, *, user, now) -> None:
    """The page has no marks of its own any more: those from above hold, if there are any."""
    with transaction.atomic():
        gone, _counts = PagePolicy.objects.filter(pk=page.pk, inherited_from__isnull=True).delete()
    if gone:
        _follow([page], now=now)
        policy = PagePolicy.objects.filter(pk=page.pk).first()
        log(instance=page, action=LOG_ACTION, user=user, data={**(_state(policy) if policy else {}), "unmarked": True})


def _follow(pages: list, *, now) -> None:
    """Heirs get what the pages hand down; whatever is shown in another way now leaves the front-end cache."""
    page_model = PagePolicy._meta.get_field("page").related_model
    for page in pages:
        changed = inheritance.settle(page, now=now)
        for other in [page, *page_model.objects.filter(pk__in=set(changed) - {page.pk})]:
            _purge(other)


def publishable_translations(page, user) -> list:
    """The page's translations on which `user` (None: the system) may decide."""
    return [
        other
        for other in page.get_translations().order_by("pk")
        if user is None or other.permissions_for_user(user).can_publish()
    ]


def _write(page, values: dict, topics: list[Topic], *, user, now) -> PagePolicy:
    before = PagePolicy.objects.filter(pk=page.pk).first()
    had = _state(before) if before else {}
    policy, _created = PagePolicy.objects.update_or_create(page_id=page.pk, defaults=values | {"updated_at": now})
    policy.topics.set(topics)
    has = _state(policy)
    if has != had:
        log(instance=page, action=LOG_ACTION, user=user, data={**has, "was_gated": had.get("gated", False)})
    return policy


def _state(policy: PagePolicy) -> dict:
    names = (*inheritance.HANDED_DOWN, "applies_below")
    return {name: getattr(policy, name) for name in names} | {
        "topics": sorted(policy.topics.values_list("name", flat=True)),
        "problem": policy.problem.name if policy.problem else "",
    }


def find_or_create_problem(name: str) -> Problem | None:
    """A problem by name; None for an empty one. New ones come last."""
    name = " ".join(str(name or "").split())[:200]
    if not name:
        return None
    last = Problem.objects.order_by("-position").values_list("position", flat=True).first()
    return Problem.objects.get_or_create(name=name, defaults={"position": (last or 0) + 10})[0]


def find_or_create_topics(names) -> list[Topic]:
    """Topics by name; width and case do not matter (ＩｏＴ is IoT). Unknown ones are made."""
    wanted = {_same(name): name.strip()[:TOPIC_NAME_LENGTH] for name in names if name.strip()}
    if not wanted:
        return []
    known = {_same(topic.name): topic for topic in Topic.objects.all()}
    return [known.get(key) or _create_topic(name) for key, name in wanted.items()]


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()[:TOPIC_NAME_LENGTH]


def _create_topic(name: str) -> Topic:
    slug = slugify(name)[:40]
    if not slug or not unicodedata.normalize("NFKC", name).isascii():
        slug = f"t-{dedupe_key(_same(name))[:10]}"
    for candidate in (slug, f"{slug[:32]}-{dedupe_key(_same(name))[:10]}"):
        try:
            with transaction.atomic():
                return Topic.objects.create(name=name, slug=candidate)
        except IntegrityError:  # "C" and "C++" shorten to the same; or a colleague made it this moment
            found = Topic.objects.filter(slug=candidate).first()
            if found and _same(found.name) == _same(name):
                return found
    raise IntegrityError(f"No free short name for the topic {name!r}")


def _purge(page) -> None:
    """Tell the front-end cache, after the commit: no stale whole page of one that is gated now."""
    if not getattr(settings, "WAGTAILFRONTENDCACHE", None) or not apps.is_installed("wagtail.contrib.frontend_cache"):
        return
    from wagtail.contrib.frontend_cache.utils import PurgeBatch

    def purge():
        batch = PurgeBatch()
        batch.add_page(page.specific)
        batch.purge()

    transaction.on_commit(purge, robust=True)
