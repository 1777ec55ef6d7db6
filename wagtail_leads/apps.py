from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class WagtailLeadsConfig(AppConfig):
    name = "wagtail_leads"
    label = "wagtail_leads"
    verbose_name = _("Leads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from django.contrib.auth.signals import user_logged_in
        from wagtail.documents import get_document_model
        from wagtail.signals import published

        from wagtail_leads import checks  # noqa: F401  (registers the system checks)
        from wagtail_leads.admin_ui import page_tree
        from wagtail_leads.capture.documents import forget_document
        from wagtail_leads.capture.form_pages import on_submission
        from wagtail_leads.capture.models import LeadForm
        from wagtail_leads.public import content_api
        from wagtail_leads.scenarios.models import Scenario

        page_tree.watch()
        content_api.hold()
        post_save.connect(on_submission, dispatch_uid="leads-form-pages")
        post_delete.connect(forget_document, sender=get_document_model(), dispatch_uid="leads-document-marks")
        published.connect(make_form_version, sender=LeadForm, dispatch_uid="leads-form-published")
        published.connect(publish_scenario, sender=Scenario, dispatch_uid="leads-scenario-published")
        post_migrate.connect(prepare, sender=self, dispatch_uid="leads-prepare")
        user_logged_in.connect(link_login, dispatch_uid="leads-login")


def publish_scenario(sender, instance, **kwargs):
    """Wagtail published a scenario: make its immutable version."""
    from django.utils import timezone

    from wagtail_leads.scenarios.programs import publish

    publish(instance, now=timezone.now())


def link_login(sender, request=None, user=None, **kwargs):
    """Somebody logged in to the site: who they are is known, if the site wants that (`LINK_LOGINS`)."""
    from wagtail_leads.public.logins import on_login

    on_login(sender, request=request, user=user, **kwargs)


def make_form_version(sender, instance, **kwargs):
    """Wagtail published a form: make its immutable version."""
    from django.utils import timezone

    from wagtail_leads.capture.versions import version_for

    version_for(instance, now=timezone.now())


def prepare(sender, using="default", **kwargs):
    """After `migrate`: the rules and the goal that ship, and the one schedule. Each is made once."""
    from django.utils import timezone

    from wagtail_leads import background
    from wagtail_leads.capture.goals import ensure_shipped_goal
    from wagtail_leads.scoring.operations import ensure_shipped_rules

    if using == "default":
        ensure_shipped_rules()
        ensure_shipped_goal(now=timezone.now())
        background.ensure_schedule()
