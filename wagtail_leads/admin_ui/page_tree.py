"""The site's tree of pages changes, and marks follow. Wagtail's signals are the door; copying has none, so its action is
wrapped (docs/decisions/010)."""

from functools import wraps

from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.actions.copy_page import CopyPageAction
from wagtail.models import PageLogEntry
from wagtail.signals import post_page_move

from wagtail_leads.capture.form_pages import copy_source
from wagtail_leads.content import inheritance
from wagtail_leads.content.models import PagePolicy


def watch() -> None:
    """Called once, when the apps are ready."""
    post_save.connect(on_saved, dispatch_uid="leads-page-saved")
    post_save.connect(on_logged, sender=PageLogEntry, dispatch_uid="leads-page-logged")
    post_page_move.connect(on_moved, dispatch_uid="leads-page-moved")
    if not hasattr(CopyPageAction._copy_page, "_leads"):
        CopyPageAction._copy_page = _with_marks(CopyPageAction._copy_page)


def on_saved(sender, instance, created, raw=False, **kwargs) -> None:
    """A new page gets the marks from above or of its original."""
    if created and not raw and isinstance(instance, page_model()):
        inheritance.settle(instance, now=timezone.now())


def on_logged(sender, instance, created, **kwargs) -> None:
    """An alias was made a page of its own: it keeps what it had from its original."""
    if created and instance.action == "wagtail.convert_alias":
        inheritance.keep([instance.page_id])


def page_model():
    return PagePolicy._meta.get_field("page").related_model


def on_moved(sender, instance, **kwargs) -> None:
    """What a page has from above depends on where it is."""
    inheritance.settle(page_model().objects.get(pk=instance.pk), now=timezone.now())


def _with_marks(copy_page):
    @wraps(copy_page)
    def _copy_page(self, page, *args, **kwargs):
        made = copy_page(self, page, *args, **kwargs)
        if made is not None:
            inheritance.copy_marks(page, made, now=timezone.now())
            inheritance.settle(made, now=timezone.now())
            copy_source(page, made, now=timezone.now())
        return made

    _copy_page._leads = True
    return _copy_page
