"""``{% load wagtail_leads_tags %}{% leads_beacon %}``: the beacon's script tag where the site wants it."""

from django import template

from wagtail_leads.tracking.injection import script_tag

register = template.Library()


@register.simple_tag(takes_context=True)
def leads_beacon(context) -> str:
    """The tag of the page that is being served; '' in a preview and outside Wagtail pages."""
    served = getattr(context.get("request"), "_leads_served", None)
    return script_tag(served.page_id, served.site_id) if served is not None else ""
