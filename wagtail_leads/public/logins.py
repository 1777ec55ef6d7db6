"""Site users who log in (Django auth): their browser is linked with the lead of their address, when the site wants that."""

import logging

from django.db import transaction
from django.utils import timezone

from wagtail_leads import conf
from wagtail_leads.identity.changes import ByWhat
from wagtail_leads.identity.models import Visitor
from wagtail_leads.identity.operations import identify
from wagtail_leads.logic.errors import BadAddress
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.public.api import connect
from wagtail_leads.public.doors import known_visitor_of

logger = logging.getLogger(__name__)

SOURCE = "login"


def on_login(sender, request, user, **kwargs) -> None:
    """Receiver of Django's `user_logged_in`. Whatever goes wrong here is logged: nobody is kept from logging in."""
    if request is None or not conf.get("LINK_LOGINS"):
        return
    try:
        with transaction.atomic():  # what fails here takes nothing of the site's own transaction with it
            _link(request, user)
    except Exception:
        logger.exception("The login of user %s was not linked with a lead", getattr(user, "pk", None))


def _link(request, user) -> None:
    if _is_colleague(user):
        return
    now = timezone.now()
    # A browser that refused, was not asked yet or has no cookie of ours is left alone, and so is the person
    visitor = known_visitor_of(request, now=now)
    address = str(getattr(user, user.get_email_field_name(), "") or "")
    if visitor is None or not address:
        return
    Visitor.objects.select_for_update().get(pk=visitor.pk)  # browser before lead, as in the river
    try:
        lead, _created = identify(email=address, now=now, fields=_names(user), source=SOURCE, by_what=ByWhat.SITE)
    except BadAddress:
        return
    connect(visitor, lead, evidence=Evidence.LOGIN, now=now)


def _is_colleague(user) -> bool:
    return user.is_staff or user.is_superuser or user.has_perm("wagtailadmin.access_admin")


def _names(user) -> dict[str, str]:
    """What Django's user knows of a name; a site's own user model may know none."""
    names = {"family_name": getattr(user, "last_name", ""), "given_name": getattr(user, "first_name", "")}
    return {key: value for key, value in names.items() if isinstance(value, str) and value.strip()}
