"""The site's content, made in code: pages in two languages, pictures, the white paper, and two users.

``seed()`` may run as often as one likes. Each part is made only where it is missing, and a page tree that exists is
left alone, so nothing that an editor changed or deleted comes back.
"""

import datetime
import importlib.util
import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site
from wagtail.users.models import UserProfile

from example_site import models
from example_site.texts import en, ja

ASSETS = Path(__file__).resolve().parent / "seed_assets"
TEXTS = {"ja": ja, "en": en}
SALES_GROUP = "営業"
TIME_ZONE = "Asia/Tokyo"

#: Pages with the same name in two languages are translations of each other.
NAMESPACE = uuid.UUID("7d9b6c0e-5a0f-4a5c-9f4e-6f1f5f0b2d11")


@dataclass(frozen=True, kw_only=True)
class PagePlan:
    key: str
    model: type[Page]
    slug: str
    parent: str = ""
    #: File name in seed_assets, without ".png".
    image: str = ""
    #: Days before the seeding on which the article was published.
    days_old: int = 0
    in_menu: bool = False


#: Parents stand before their children; the order is the order in the menus.
PLAN = (
    PagePlan(key="home", model=models.HomePage, slug="home", image="hero"),
    PagePlan(key="products", model=models.ProductIndexPage, slug="products", parent="home", in_menu=True),
    PagePlan(key="nl-200", model=models.ProductPage, slug="nl-200", parent="products", image="nl-200"),
    PagePlan(key="np-50", model=models.ProductPage, slug="np-50", parent="products", image="np-50"),
    PagePlan(key="price", model=models.PricePage, slug="price", parent="home", in_menu=True),
    PagePlan(key="cases", model=models.CaseIndexPage, slug="cases", parent="home", in_menu=True),
    PagePlan(
        key="case-packaging", model=models.CasePage, slug="food-packaging", parent="cases", image="case-packaging"
    ),
    PagePlan(key="case-waterworks", model=models.CasePage, slug="waterworks", parent="cases", image="case-waterworks"),
    PagePlan(key="blog", model=models.BlogIndexPage, slug="blog", parent="home", in_menu=True),
    PagePlan(
        key="article-start",
        model=models.ArticlePage,
        slug="where-to-start",
        parent="blog",
        image="article-start",
        days_old=4,
    ),
    PagePlan(
        key="article-lighting",
        model=models.ArticlePage,
        slug="lighting-basics",
        parent="blog",
        image="article-lighting",
        days_old=18,
    ),
    PagePlan(
        key="article-false-alarms",
        model=models.ArticlePage,
        slug="misses-and-false-alarms",
        parent="blog",
        image="article-false-alarms",
        days_old=39,
    ),
    PagePlan(
        key="article-pipe-records",
        model=models.ArticlePage,
        slug="pipe-inspection-records",
        parent="blog",
        image="article-pipe-records",
        days_old=63,
    ),
    PagePlan(
        key="article-approval",
        model=models.ArticlePage,
        slug="getting-approval",
        parent="blog",
        image="article-approval",
        days_old=91,
    ),
    PagePlan(key="guide", model=models.WhitePaperPage, slug="guide", parent="home", image="guide", in_menu=True),
    PagePlan(key="about", model=models.StandardPage, slug="about", parent="home", image="about", in_menu=True),
    PagePlan(key="contact", model=models.ContactPage, slug="contact", parent="home"),
    PagePlan(key="privacy", model=models.StandardPage, slug="privacy", parent="home"),
)


def seed() -> None:
    """Make what is missing; safe to run again."""
    with transaction.atomic():
        locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code in TEXTS}
        if not models.HomePage.objects.exists():
            put_site(locales)
        put_users()
    # The leads part is optional: the site is the same site without the package.
    if settings.LEADS_ON and importlib.util.find_spec("example_site.leads_content"):
        from example_site import leads_content

        leads_content.seed(timezone.now())


# Pages


def put_site(locales: dict[str, Locale]) -> None:
    """Both page trees, the pictures and papers they show, and the Wagtail site that serves them."""
    today = timezone.localdate()
    images = {plan.image: put_image(plan.image) for plan in PLAN if plan.image}
    trees = {}
    for code, locale in locales.items():
        documents = {key: put_document(key, code, title) for key, title in TEXTS[code].DOCUMENTS.items()}
        trees[code] = put_tree(locale, images=images, documents=documents, today=today)
    put_wagtail_site(trees[settings.LANGUAGE_CODE]["home"])


def put_tree(locale: Locale, *, images: dict, documents: dict, today: datetime.date) -> dict[str, Page]:
    """One language's pages. Bodies come last, since they link to pages that do not exist yet."""
    texts = TEXTS[locale.language_code].PAGES
    pages: dict[str, Page] = {}
    for plan in PLAN:
        fields = {k: v for k, v in texts[plan.key].items() if k not in {"product", "form_fields"}}
        if isinstance(fields.get("body"), list):
            del fields["body"]
        page = plan.model(
            locale=locale,
            translation_key=uuid.uuid5(NAMESPACE, plan.key),
            slug=plan.slug if plan.parent else f"{plan.slug}-{locale.language_code}",
            show_in_menus=plan.in_menu,
            search_description=fields.get("summary", "")[:250],
            **fields,
        )
        if plan.image:
            page.image = images[plan.image]
        if plan.key in documents:
            page.document = documents[plan.key]
        if plan.days_old:
            page.date = today - datetime.timedelta(days=plan.days_old)
        parent = pages[plan.parent] if plan.parent else Page.objects.get(depth=1)
        # Treebeard keeps the number of children in memory; a stale one would break the tree.
        parent.refresh_from_db()
        pages[plan.key] = parent.add_child(instance=page)
    for plan in PLAN:
        put_body(pages[plan.key], texts[plan.key], pages=pages, documents=documents)
    return pages


def put_body(page: Page, text: dict, *, pages: dict[str, Page], documents: dict) -> None:
    """The parts of a page that point to other pages; then publish it with its first revision."""
    page.refresh_from_db()
    body = text.get("body")
    if isinstance(body, str):
        page.body = fill_links(body, pages, documents)
    elif body:
        page.body = json.dumps([stream_child(kind, value, pages, documents) for kind, value in body])
    if "product" in text:
        page.product = pages[text["product"]]
    for order, field in enumerate(text.get("form_fields", [])):
        page.form_fields.add(models.ContactFormField(sort_order=order, **field))
    page.save_revision().publish()


def stream_child(kind: str, value, pages: dict[str, Page], documents: dict) -> dict:
    return {"type": kind, "value": fill_ids(value, pages, documents), "id": str(uuid.uuid4())}


def fill_ids(value, pages: dict[str, Page], documents: dict):
    """The same value with page ids for ``page:key`` and with links in its rich text."""
    if isinstance(value, dict):
        return {key: fill_ids(part, pages, documents) for key, part in value.items()}
    if isinstance(value, list):
        return [{"type": "item", "value": fill_ids(part, pages, documents), "id": str(uuid.uuid4())} for part in value]
    if isinstance(value, str) and value.startswith("page:"):
        return pages[value.removeprefix("page:")].pk
    if isinstance(value, str) and value.startswith("<"):
        return fill_links(value, pages, documents)
    return value


def fill_links(html: str, pages: dict[str, Page], documents: dict) -> str:
    """Rich text in Wagtail's stored form, with ids for keys."""
    html = re.sub(r'<a page="([\w-]+)">', lambda m: f'<a linktype="page" id="{pages[m[1]].pk}">', html)
    return re.sub(r'<a document="([\w-]+)">', lambda m: f'<a linktype="document" id="{documents[m[1]].pk}">', html)


def put_wagtail_site(home: Page) -> None:
    """Serve our home page, and remove Wagtail's welcome page where it stood."""
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    welcome = site.root_page if site.pk else None
    site.root_page = home
    site.site_name = settings.WAGTAIL_SITE_NAME
    site.hostname, site.port = "127.0.0.1", settings.PORT
    site.save()
    if welcome and welcome.specific_class is Page and not welcome.get_children().exists():
        welcome.delete()


def put_port(port: int) -> None:
    """Links in mails name the port that this run listens on; a site that was given a real name is left alone."""
    Site.objects.filter(hostname="127.0.0.1", is_default_site=True).exclude(port=port).update(port=port)
    Site.clear_site_root_paths_cache()


# Files


def put_image(name: str) -> Image:
    found = Image.objects.filter(title=name).first()
    if found:
        return found
    with (ASSETS / f"{name}.png").open("rb") as source:
        image = Image(title=name)
        image.file.save(f"{name}.png", File(source), save=False)
        image.save()
    return image


def put_document(key: str, language: str, title: str) -> Document:
    found = Document.objects.filter(title=title).first()
    if found:
        return found
    with (ASSETS / f"{key}-{language}.pdf").open("rb") as source:
        document = Document(title=title)
        document.file.save(f"nagisawa-{key}-{language}.pdf", File(source), save=False)
        document.save()
    return document


# People


def put_users() -> None:
    """``admin`` who may do everything, and two salespeople; all with the password ``changeme``.

    The whole name stands in one field: Django puts the first name first, which no Japanese name does.
    """
    put_user("admin", email="admin@nagisawa.example.jp", last_name="サイト管理者", is_superuser=True)
    group = put_sales_group()
    put_user("kuga", email="kuga@nagisawa.example.jp", last_name="久我 実").groups.add(group)
    put_user("minowa", email="minowa@nagisawa.example.jp", last_name="箕輪 彩").groups.add(group)


def put_user(username: str, *, is_superuser: bool = False, **fields):
    """The user; a password or language that the person has changed stays."""
    user, is_new = get_user_model().objects.get_or_create(
        username=username, defaults={"is_staff": is_superuser, "is_superuser": is_superuser, **fields}
    )
    if is_new:
        user.set_password("changeme")
        user.save()
        profile = UserProfile.get_for_user(user)
        profile.preferred_language, profile.current_time_zone = "ja", TIME_ZONE
        profile.save()
    return user


def put_sales_group() -> Group:
    """The sales team: into Wagtail, and editing pages, pictures and documents."""
    group, is_new = Group.objects.get_or_create(name=SALES_GROUP)
    if not is_new:
        return group
    group.permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
    root_page, root_collection = Page.objects.get(depth=1), Collection.get_first_root_node()
    for codename in ("add_page", "change_page"):
        permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
        GroupPagePermission.objects.create(group=group, page=root_page, permission=permission)
    for codename in ("add_image", "choose_image", "add_document", "choose_document"):
        permission = Permission.objects.get(codename=codename)
        GroupCollectionPermission.objects.create(group=group, collection=root_collection, permission=permission)
    return group
