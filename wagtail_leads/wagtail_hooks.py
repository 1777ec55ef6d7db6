"""Registers with Wagtail; everything it registers lives in `admin_ui` and the stages."""

from functools import partial

from django.contrib.auth.models import Permission
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from wagtail_leads.admin_ui import document_marks, menu, page_marks
from wagtail_leads.admin_ui.marks_in_bulk import MarksBulkAction
from wagtail_leads.admin_ui.urls import urlpatterns
from wagtail_leads.admin_ui.viewsets import MODELADMINS, SNIPPET_VIEWSETS, VIEWSETS
from wagtail_leads.public import documents, downloads, serving

#: Besides those of the models, which the viewsets register.
OWN_PERMISSIONS = ("export_lead", "export_company", "import_lead", "change_any_lead", "handle_requests")
ICONS = ("leads-funnel", "leads-company", "leads-flow")

# inside of the restrictions of Wagtail itself, which wrap a page, too (order 0): a private page asks for its password first
hooks.register("on_serve_page", serving.around, order=100)
# behind Wagtail's own restrictions (0): a private collection asks for its password first
hooks.register("before_serve_document", documents.hold, order=100)
hooks.register("before_serve_document", downloads.note, order=110)

hooks.register("register_admin_urls", lambda: urlpatterns)
hooks.register("register_admin_menu_item", menu.leads_menu)
for number in range(len(menu.ENTRIES)):
    hooks.register(menu.MENU_HOOK, partial(menu.entry, number))

hooks.register("register_admin_viewset", lambda: VIEWSETS)
for viewset in SNIPPET_VIEWSETS:
    register_snippet(viewset)
for modeladmin in MODELADMINS:
    modeladmin.register_with_wagtail()

hooks.register("register_page_header_buttons", page_marks.header_buttons)
hooks.register("register_page_listing_more_buttons", page_marks.listing_buttons)
hooks.register("register_bulk_action", MarksBulkAction)
hooks.register("register_bulk_action", document_marks.GateBulkAction)
document_marks.offer_in_edit_screen()
hooks.register("register_log_actions", page_marks.register_log_actions)


@hooks.register("construct_main_menu")
def know_colleagues(request, menu_items):
    """The middleware then sets the signed marker cookie, so that colleagues' visits are left out."""
    request._leads_staff = True


@hooks.register("register_icons")
def icons(icons):
    return [*icons, *(f"wagtail_leads/icons/{name}.svg" for name in ICONS)]


@hooks.register("register_permissions")
def own_permissions():
    return Permission.objects.filter(
        content_type__app_label="wagtail_leads", codename__in=OWN_PERMISSIONS
    )
