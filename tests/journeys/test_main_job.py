"""The main job, 1 to 8, as the README promises it: real Chromium, real worker, real SMTP, in Japanese."""

import re

import pytest

from tests.journeys.demo import CHROMIUM, FLAGS, Demo, part, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
TARO = "taro.yamada@mihon-seisakusho.example"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    running = Demo(tmp_path_factory.mktemp("demo"), day=8)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visitor(chromium):
    """A visitor's browser: a context of its own, in Japanese, as a person's (headless Chromium says it is a robot)."""
    context = chromium.new_context(locale="ja-JP", user_agent=person_agent(chromium))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def editor(chromium, demo):
    context = chromium.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.url}/admin/login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", "changeme")
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")
    yield page
    context.close()


def person_agent(chromium) -> str:
    major = chromium.version.split(".")[0]
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def stay(page, url: str, seconds: float) -> None:
    page.goto(url)
    page.wait_for_load_state("load")
    page.wait_for_timeout(int(seconds * 1000))


def text_of(page) -> str:
    return page.inner_text("body")


def admin_of(editor, demo, path: str) -> str:
    editor.goto(f"{demo.url}/admin/{path}")
    return text_of(editor)


def lead_page(editor, demo, name: str) -> str:
    editor.goto(f"{demo.url}/admin/leads/")
    editor.get_by_role("link", name=name).first.click()
    editor.wait_for_load_state("load")
    return text_of(editor)


def test_1_visits_are_recorded_and_the_paper_is_gated(demo, visitor):
    stay(visitor, f"{demo.url}/ja/blog/where-to-start/", 3)
    stay(visitor, f"{demo.url}/ja/price/", 4)
    stay(visitor, f"{demo.url}/ja/cases/food-packaging/", 3)
    assert visitor.locator("script[data-page]").count() == 1
    visitor.goto(f"{demo.url}/ja/guide/")
    assert visitor.locator("form.leads-form").count() == 1
    assert "これまでの" in text_of(visitor), "the sentence about earlier visits stands beside the button"
    assert visitor.locator("a[href*='/documents/']").count() == 0, "the paper's address is not given away"


def test_2_the_form_gives_the_paper_at_once_and_by_mail(demo, visitor):
    visitor.fill("input[name=company]", "株式会社見本製作所")
    visitor.fill("input[name=name]", "山田 太郎")
    visitor.fill("input[name=email]", TARO)
    visitor.wait_for_timeout(2500)
    visitor.check("input[name=consent]")
    visitor.click("form.leads-form button[type=submit]")
    visitor.wait_for_url("**/ja/guide/")
    assert visitor.locator("form.leads-form").count() == 0
    paper = visitor.locator("a[href*='/documents/']").first.get_attribute("href")
    answer = visitor.request.get(demo.url + paper if paper.startswith("/") else paper)
    assert answer.ok and answer.body().startswith(b"%PDF")
    mail = demo.mail(TARO, "資料")
    assert "山田 太郎" in part(mail, "text/plain") and "/leads/l/" in part(mail, "text/html")


def test_3_the_thank_you_mail_is_a_proper_one(demo):
    mail = demo.mail(TARO, "資料のご請求ありがとうございます")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith(f"<{demo.url}/leads/u/")
    text, html = part(mail, "text/plain"), part(mail, "text/html")
    for words in ("山田 太郎", "ナギサワ光機株式会社", "長野県", "0266-00-0000", "停止"):
        assert words in text and words in html
    assert "%%" not in text and "%%" not in html and "{name}" not in html


def test_4_the_click_comes_back_and_brings_the_case_study(demo, visitor):
    html = part(demo.mail(TARO, "資料のご請求ありがとうございます"), "text/html")
    link = re.search(r'href="([^"]+/leads/l/[^"]+)"', html)[1]
    stay(visitor, link, 4)
    assert visitor.url.startswith(f"{demo.url}/ja/blog/where-to-start/")
    demo.mail(TARO, "事例をご紹介します", seconds=120)
    assert not [m for m in demo.mails() if m["To"] == TARO and "照明" in str(m["Subject"])], "not the softer mail, too"


def test_5_the_lead_page_tells_it_all(demo, visitor, editor):
    stay(visitor, f"{demo.url}/ja/price/", 3)
    visitor.goto(f"{demo.url}/ja/")

    def told():
        page = lead_page(editor, demo, "山田 太郎")
        return page if page.count("価格") >= 2 else None

    page = until(told, seconds=60, what="the price page in the timeline")
    for words in ("株式会社見本製作所", TARO, "価格", "NL-200"):
        assert words in page
    parts = page[page.find("次にすること") :]  # above it a list of the parts leads to each
    order = [parts.find(words) for words in ("次にすること", "わかっていること", "連絡先", "行動履歴", "行動スコア")]
    assert -1 not in order and order == sorted(order), f"the parts stand in the wrong order: {order}"


def test_6_the_score_makes_a_todo_with_the_reason(demo, visitor, editor):
    for _time in range(3):
        stay(visitor, f"{demo.url}/ja/price/", 1.5)
    stay(visitor, f"{demo.url}/ja/cases/waterworks/", 2)
    visitor.goto(f"{demo.url}/ja/")
    until(
        lambda: "お電話して、ご状況をうかがう" in admin_of(editor, demo, "leads/today/"),
        seconds=120,
        what="the to-do on Today",
    )


def test_7_an_inquiry_is_the_main_conversion(demo, chromium, editor):
    context = chromium.new_context(locale="ja-JP", user_agent=person_agent(chromium))
    page = context.new_page()
    stay(page, f"{demo.url}/ja/price/", 2)
    page.goto(f"{demo.url}/ja/contact/")
    page.get_by_label(re.compile("会社|貴社")).first.fill("有限会社あおば精機")
    page.get_by_label(re.compile("氏名|お名前")).first.fill("佐藤 花子")
    page.get_by_label(re.compile("メール")).first.fill("hanako.sato@aoba-seiki.example")
    page.locator("textarea").first.fill("NL-200の評価プランについて、来月の日程を相談させてください。")
    page.locator("main button[type=submit], main input[type=submit]").first.click()
    page.wait_for_load_state("load")
    context.close()
    reply = demo.mail("hanako.sato@aoba-seiki.example", "お問い合わせ")
    assert "佐藤 花子" in part(reply, "text/plain")
    notice = demo.mail("sales@nagisawa.example.jp", "佐藤 花子")
    assert "評価プラン" in part(notice, "text/plain")
    today = until(
        lambda: (page := admin_of(editor, demo, "leads/today/")) and "佐藤 花子" in page and page,
        seconds=60,
        what="the inquiry on Today",
    )
    assert "お問い合わせに返信する" in today


def test_8_unsubscribe_ends_the_scenario_and_the_mail(demo, visitor, editor):
    mail = demo.mail(TARO, "資料のご請求ありがとうございます")
    way_out = mail["List-Unsubscribe"].strip("<>")
    visitor.goto(way_out)
    assert "t…@mihon-seisakusho.example" in text_of(visitor)
    visitor.click("main button[type=submit], form button[type=submit]")
    until(lambda: "今後" in text_of(visitor), seconds=20, what="the answer to unsubscribing")
    until(
        lambda: "配信停止" in lead_page(editor, demo, "山田 太郎"), seconds=60, what="the unsubscribing in the timeline"
    )


def test_9_nothing_stands_still(demo):
    assert "error" not in demo.manage("leads_health")
