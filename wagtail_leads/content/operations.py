"""Marking pages: gated, high intent, and what a page is about."""

import logging
import unicodedata

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from wagtail.log_actions import log

from wagtail_leads.content.models import PagePolicy, Topic
from wagtail_leads.logic.keys import dedupe_key

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
    form_id=None,
    topics=(),
    purchase_stage="",
    content_kind="",
    translations=True,
) -> PagePolicy:
    """Write a page's marks, log them in its history and purge it from the front-end cache.

    `topics` are names; those that do not exist are made. With `translations`, the page's translations that `user` may
    publish get the same marks; their teaser and form stay, since those are texts in one language.
    """
    shared = {
        "gated": bool(gated),
        "high_intent": bool(high_intent),
        "purchase_stage": str(purchase_stage),
        "content_kind": str(content_kind),
    }
    with transaction.atomic():
        found = find_or_create_topics(topics)
        policy = _write(page, shared | {"teaser": teaser, "form_id": form_id}, found, user=user, now=now)
        others = publishable_translations(page, user) if translations else []
        for other in others:
            _write(other, shared, found, user=user, now=now)
    for marked in [page, *others]:
        _purge(marked)
    return policy


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
    names = ("gated", "high_intent", "teaser", "form_id", "purchase_stage", "content_kind")
    return {name: getattr(policy, name) for name in names} | {
        "topics": sorted(policy.topics.values_list("name", flat=True))
    }


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
