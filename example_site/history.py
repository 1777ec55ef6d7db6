"""Six weeks of visits by people and companies that do not exist, told through the real doors. For screenshots and trials.

`manage.py seed --history` adds it once. Nothing is written around the package: hits go the way of hits, forms the way of
forms, so the screens show what the package makes of them.
"""

import hashlib
import random
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from wagtail.models import Page, Site

from example_site import models
from wagtail_leads import tasks
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.content.marks import marks_of
from wagtail_leads.identity import own_fields
from wagtail_leads.identity.models import Lead, LeadField, LeadSource, LeadTag, Visitor
from wagtail_leads.identity.operations import put_tag, save_lead
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ContactWish
from wagtail_leads.sales.models import SavedView
from wagtail_leads.sales.operations import record_contact
from wagtail_leads.tracking.operations import store

DEMO_FILE = Path(__file__).resolve().parent / "seed_assets/demo.mmdb"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
#: Where people come from: a provider of demo.mmdb, an address that no file knows, and companies of that file.
PROVIDERS = ("192.0.2.131", "192.0.2.200", "203.0.113.200")
ADDRESSES = (*PROVIDERS, "203.0.113.5", "203.0.113.70", "198.51.100.20", "198.51.100.140", "192.0.2.9")
REFERRERS = ("https://www.google.co.jp/", "https://search.yahoo.co.jp/", "", "", "https://chatgpt.com/")


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    company: str
    title: str
    email: str
    phone: str
    #: How interested: number of visits, and which pages (slugs) they like.
    visits: int
    likes: tuple[str, ...]
    consent: bool = True
    inquiry: str = ""


PEOPLE = (
    Person(name="小野寺 恵", company="株式会社みなと食品包装", title="製造部 部長", email="onodera@minato-hoso.example",
           phone="03-0000-1101", visits=6, likes=("price", "food-packaging", "nl-200", "price"),
           inquiry="NL-200の評価プランを来月試したいのですが、貸出し機の空きと、現場での立ち会いの可否を教えてください。"),
    Person(name="Daniel Moreau", company="Larchfield Instruments Ltd.", title="Plant Manager",
           email="d.moreau@larchfield.example", phone="", visits=3, likes=("np-50", "waterworks", "price")),
    Person(name="高瀬 俊介", company="北辰ダイカスト工業株式会社", title="品質保証課 課長", email="takase@hokushin-dc.example",
           phone="0263-00-0012", visits=5, likes=("lighting-basics", "misses-and-false-alarms", "nl-200", "price")),
    Person(name="西村 亜紀", company="青海水道サービス(株)", title="維持管理室 主任", email="nishimura@omi-suido.example",
           phone="", visits=4, likes=("pipe-inspection-records", "np-50", "waterworks")),
    Person(name="福田 大輔", company="有限会社フクダ精密", title="代表取締役", email="fukuda.seimitsu@ocn.ne.jp",
           phone="090-0000-4488", visits=2, likes=("where-to-start",), consent=False),
    Person(name="三浦 さくら", company="東雲化学株式会社", title="生産技術部", email="miura.s@shinonome-chem.example",
           phone="", visits=2, likes=("getting-approval", "lighting-basics")),
    Person(name="渡部 健", company="株式会社みなと食品包装", title="購買課", email="watanabe@minato-hoso.example",
           phone="", visits=3, likes=("price", "about", "price")),
)  # fmt: skip


def seed(now) -> bool:
    """False when it is there already."""
    if Lead.objects.exists():
        return False
    with demo_networks():
        _live_all(now)
    work_with_leads(now)
    return True


@contextmanager
def demo_networks():
    """While the history is told, the demo's file says who is behind an address that is kept for documentation."""
    leads = settings.WAGTAIL_LEADS
    settings.WAGTAIL_LEADS = {**leads, "MMDB": [*leads["MMDB"], str(DEMO_FILE)], "GUESS_PRIVATE_ADDRESSES": True}
    try:
        yield
    finally:
        settings.WAGTAIL_LEADS = leads


def _live_all(now) -> None:
    chance = random.Random(2026)
    pages = {page.slug: page for page in Page.objects.filter(locale__language_code="ja").specific()}
    for number in range(24):
        browse(f"stranger {number}", now - timedelta(days=chance.uniform(0, 40)), chance, pages, chance.sample(BROWSED, 3))
    for number, person in enumerate(PEOPLE):
        live(person, number, now, chance, pages)
    for number in range(4):
        browse(f"today {number}", now - timedelta(minutes=chance.uniform(5, 240)), chance, pages, chance.sample(BROWSED, 2))
    tasks.run_all()


SIZES = "1〜50人\n51〜300人\n301人以上"
BROWSED = ("where-to-start", "lighting-basics", "nl-200", "np-50", "price", "food-packaging", "about", "getting-approval")


def live(person: Person, number: int, now, chance, pages) -> None:
    """Some anonymous visits, the form, and more visits since."""
    first = now - timedelta(days=chance.uniform(4, 20))
    for visit in range(person.visits):
        start = first + (now - timedelta(minutes=30) - first) * visit / person.visits
        browse(person.name, start, chance, pages, (*person.likes, "guide")[: chance.randint(2, 5)])
        if visit == person.visits // 2:
            send_form(person, start + timedelta(minutes=15), pages["guide"])
    browse(person.name, now - timedelta(minutes=chance.uniform(20, 600) + number), chance, pages, person.likes)
    if person.inquiry:
        send_inquiry(person, now - timedelta(minutes=50), pages["contact"])


def work_with_leads(now) -> None:
    """What colleagues did with them: tags, where some were met, a field of their own, a talk, a list for all."""
    size = LeadField.objects.create(key="employees", label="従業員規模", kind=LeadField.Kind.CHOICE.value, choices=SIZES)
    fair = LeadSource.objects.create(
        name="外観検査展 2026", kind=LeadSource.Kind.EXHIBITION.value, happened_on=(now - timedelta(days=30)).date(),
        cost=1_200_000, campaign="inspection-expo-2026", created_at=now,
    )  # fmt: skip
    tags = [LeadTag.objects.create(name=name) for name in ("外観検査展 2026", "サンプル評価中")]
    sales = Lead.objects.filter(owner__isnull=False).first()
    for number, lead in enumerate(Lead.objects.living().order_by("pk")):
        if number % 2 == 0:
            lead.origin = fair
            put_tag(lead, tags[0], now=now)
        lead.extra = own_fields.read({size.key: SIZES.splitlines()[number % 3]})
        lead.contact_wish = ContactWish.MAIL_ONLY.value if number == 3 else lead.contact_wish
        save_lead(lead, now=now, by=lead.owner)
        if number in (2, 3):
            put_tag(lead, tags[1], now=now)
    talked = Lead.objects.living().order_by("pk")[2]
    note = "評価用サンプルを送付。来週の木曜に結果を聞く。"
    record_contact(talked, result="reached", note=note, by=talked.owner, now=now - timedelta(days=1))
    if sales is not None:
        SavedView.objects.create(
            name="外観検査展で名刺交換した方", user=sales.owner, is_shared=True, query=f"origin={fair.pk}&ordering=-rank",
            columns=["score", "stage", "company", "tags", "own.employees", "todo"], created_at=now,
        )  # fmt: skip
    tasks.run_all()


def browse(who: str, start, chance, pages, slugs) -> None:
    """One visit: each page seen by the server and told by the script."""
    key = hashlib.sha256(who.encode()).hexdigest()[:32]
    at, hits = start, []
    referrer = chance.choice(REFERRERS)
    for slug in slugs:
        page = pages[slug]
        hit = Hit(
            origin="page",
            at=at.timestamp(),
            hit_id=hashlib.sha256(f"{who}{at}{slug}".encode()).hexdigest()[:32],
            host="http://127.0.0.1",
            path=page.get_url() or "/",
            remote_addr=address_of(who),
            user_agent=PHONE if len(who) % 3 == 0 else AGENT,
            referrer=referrer,
            accept="text/html",
            accept_language="ja",
            sec_fetch_mode="navigate",
            visitor_key=key,
            site_id=page.get_site().pk,
            page_id=page.pk,
            title=page.title,
        )
        seconds = chance.triangular(8, 240, 45)
        view = hashlib.sha256(hit.hit_id.encode()).hexdigest()
        told = replace(
            hit, origin="beacon", at=hit.at + seconds, hit_id=view[:32], view_id=view[:16], referrer="",
            dwell_ms=int(seconds * 1000), scroll=chance.randint(30, 100), final=True,
        )  # fmt: skip
        hits += [hit, replace(told, at=hit.at + 1, dwell_ms=0, final=False, hit_id=view[32:]), told]
        at, referrer = at + timedelta(seconds=seconds + 4), ""
    store(hits, now=at + timedelta(seconds=5))


def address_of(who: str) -> str:
    """Named people sit at home, so that no network contradicts their company."""
    places = PROVIDERS if who in {person.name for person in PEOPLE} else ADDRESSES
    return places[int(hashlib.sha256(who.encode()).hexdigest()[:8], 16) % len(places)]


def visitor_of(person: Person) -> Visitor:
    return Visitor.objects.get(key=hashlib.sha256(person.name.encode()).hexdigest()[:32])


def send_form(person: Person, at, page) -> None:
    form = LeadForm.objects.get(locale__language_code="ja", is_default=True)
    submit(sent_of(person, page, at, form=form, owner=form.owner, consent=person.consent), visitor=visitor_of(person), now=at)


def send_inquiry(person: Person, at, page) -> None:
    answers = [{"label": "ご相談内容", "value": person.inquiry}]
    sent = sent_of(person, page, at, answers=answers, is_inquiry=True, form_name=page.title)
    submit(sent, visitor=visitor_of(person), now=at)


def sent_of(person: Person, page, at, **more) -> Sent:
    assert isinstance(page, models.BasePage | models.ContactPage)
    return Sent(
        **{
            "key": dedupe_key("history", person.email, page.pk),
            "email": person.email,
            "fields": {
                "name": person.name,
                "company_name": person.company,
                "job_title": person.title,
                "phone": person.phone,
                "language": "ja",
            },
            "site": Site.objects.get(is_default_site=True),
            "page_id": page.pk,
            "page_title": page.title,
            "page_url": page.full_url,
            "path": page.get_url(),
            "marks": marks_of([page.pk]).get(page.pk),
            "form_name": "資料請求（日本語）",
            "wording": "関連する情報のご案内メールを受け取ります。",
            **more,
        }
    )
