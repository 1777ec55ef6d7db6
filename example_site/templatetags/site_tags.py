"""What the site's templates need to find their way around: menus, company details, other languages."""

from django import template
from django.conf import settings
from django.utils.translation import get_language
from wagtail.models import Locale, Site

from example_site.models import ContactPage, HomePage, StandardPage

register = template.Library()

COMPANY = {
    "ja": {
        "name": "ナギサワ光機株式会社",
        "brand": "ナギサワ光機",
        "address": "〒392-0000 長野県諏訪市湖岸通り0丁目0番0号",
        "phone": "0266-00-0000",
        "hours": "平日 9:00〜17:30",
    },
    "en": {
        "name": "Nagisawa Optics Co., Ltd.",
        "brand": "Nagisawa Optics",
        "address": "0-0-0 Kogan-dori, Suwa, Nagano 392-0000, Japan",
        "phone": "+81-266-00-0000",
        "hours": "Weekdays 9:00–17:30 (Japan)",
    },
}


def find_home(request):
    """The home page of this request's site in the active language; None on a site without content."""
    site = Site.find_for_request(request)
    if not site:
        return None
    home = site.root_page.specific
    if isinstance(home, HomePage):
        return home.localized
    return None


@register.simple_tag(takes_context=True)
def site_menu(context) -> dict:
    """``home``, ``items`` (the main menu), ``contact`` and ``privacy`` in the active language."""
    home = find_home(context["request"])
    if home is None:
        return {}
    children = home.get_children().live()
    return {
        "home": home,
        "items": children.in_menu(),
        "contact": children.type(ContactPage).first(),
        "privacy": children.type(StandardPage).filter(show_in_menus=False).first(),
    }


@register.simple_tag
def company() -> dict:
    return COMPANY.get((get_language() or "ja")[:2], COMPANY["ja"])


@register.simple_tag(takes_context=True)
def language_links(context) -> list[dict]:
    """For each language: its name, and this page (or else the home page) in it."""
    page = context.get("page") or find_home(context["request"])
    if page is None or not hasattr(page, "get_translations"):
        return []
    translations = {p.locale_id: p for p in page.get_translations(inclusive=True).live()}
    home = find_home(context["request"])
    homes = {p.locale_id: p for p in home.get_translations(inclusive=True).live()} if home else {}
    active = (get_language() or "ja")[:2]
    order = [code for code, _name in settings.WAGTAIL_CONTENT_LANGUAGES]
    links = []
    for locale in sorted(Locale.objects.all(), key=lambda locale: order.index(locale.language_code)):
        target = translations.get(locale.pk) or homes.get(locale.pk)
        if target:
            code = locale.language_code
            name = locale.get_display_name()
            links.append({"code": code, "name": name, "page": target, "is_active": code == active})
    return links
