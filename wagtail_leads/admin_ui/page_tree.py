"""The site's tree of pages changes: marks follow. Wagtail's signals are the door; copying has none, so its action is
wrapped (docs/decisions/010)."""

import logging
from functools import wraps

from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.actions.copy_page import CopyPageAction
from wagtail.signals import post_page_move

from wagtail_leads.content import inheritance
from wagtail_leads.content.models import PagePolicy

logger = logging.getLogger(__name__)


def watch() -> None:
    """Called once, when the apps are ready."""
    post_save.connect(on_saved, dispatch_uid="leads-page-saved")
    post_page_move.connect(on_moved, dispatch_uid="leads-page-moved")
    if not hasattr(CopyPageAction._copy_page, "_leads"):
        CopyPageAction._copy_page = _with_marks(CopyPageAction._copy_page)


def on_saved(sender, instance, created, raw=False, **kwargs) -> None:
    """A new page gets the marks from above or of its original; one that is no alias any more keeps its own."""
    if raw or not _is_page(instance):
        return
    if created:
        inheritance.settle(instance, now=timezone.now())
    elif instance.alias_of_id is None:
        _keep_what_an_alias_had(instance)


def _is_page(instance) -> bool:
    return isinstance(instance, PagePolicy._meta.get_field("page").related_model)


def _keep_what_an_alias_had(page) -> None:
    """Marks from a page that is not above: the alias was made a page of its own. One query on a primary key."""
    policy = PagePolicy.objects.filter(pk=page.pk, inherited_from__isnull=False).select_related("inherited_from").first()
    if policy is not None and not page.path.startswith(policy.inherited_from.path):
        inheritance.keep([page.pk])


def on_moved(sender, instance, **kwargs) -> None:
    """What a page has from above depends on where it is."""
    page_model = PagePolicy._meta.get_field("page").related_model
    inheritance.settle(page_model.objects.get(pk=instance.pk), now=timezone.now())


def _with_marks(copy_page):
    @wraps(copy_page)
    def _copy_page(self, page, *args, **kwargs):
        made = copy_page(self, page, *args, **kwargs)
        if made is not None:
            inheritance.copy_marks(page, made, now=timezone.now())
            inheritance.settle(made, now=timezone.now())
        return made

    _copy_page._leads = True
    return _copy_page
