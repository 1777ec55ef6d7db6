"""Takes the screenshots of README and docs from a demo of its own. `make screenshots` calls it.

Usage: python docs/make_screenshots.py [--all FOLDER]   (--all: every screen, desktop and phone, light and dark, ja and en)
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.journeys.demo import CHROMIUM, FLAGS, Demo  # noqa: E402

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ADMIN = {
    "today": "leads/today/",
    "leads": "leads/",
    "lead": "leads/1/",
    "lead-new": "leads/new/",
    "lead-edit": "leads/1/edit/",
    "leads-filtered": "leads/?stage=prospect&mail=yes",
    "leads-nobody": "leads/?q=zzz&owner=me",
    "leads-save": "leads/lists/save/?stage=prospect",
    "leads-columns": "leads/lists/columns/",
    "leads-bulk": "leads/bulk/tag/?id=1&id=2",
    "companies": "leads/companies/",
    "company": "leads/companies/1/",
    "networks": "leads/companies/networks/",
    "own-networks": "leads/companies/networks/own/",
    "own-networks-import": "leads/companies/networks/own/import/",
    "targets": "leads/companies/targets/",
    "your-address": "leads/companies/your-address/",
    "visits": "leads/visits/",
    "visit": "leads/visits/inspect/1/",
    "left-out": "leads/settings/left-out/",
    "left-out-examples": "leads/settings/left-out/examples/",
    "notice": "leads/settings/notice/",
    "tracking-settings": "settings/wagtail_leads/trackingsettings/",
    "consents": "leads/consents/",
    "health": "leads/settings/health/",
    "mail": "leads/mail/",
    "mail-edit": "leads/mail/edit/1/",
    "scenarios": "leads/scenarios/",
    "scenario-edit": "leads/scenarios/edit/1/",
    "scenario-flow": "leads/scenarios/inspect/1/",
    "rules": "leads/rules/",
    "settings": "leads/settings/",
}
PUBLIC = {"gate": "guide/", "home": "", "price": "price/"}
OUTSIDE = {"privacy": "leads/privacy/"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", help="every screen into this folder, for looking at them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        demo = Demo(Path(folder), day=86_400)
        try:
            demo.wait()
            demo.manage("seed", "--history")
            browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            if options.all:
                take_all(browser, demo, Path(options.all))
            else:
                take_for_docs(browser, demo, ROOT / "docs/screenshots")
            browser.close()
        finally:
            demo.stop()


def take_for_docs(browser, demo: Demo, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("today", "lead"):
        page = logged_in(browser, demo, language="en", size=DESKTOP, dark=False)
        shoot(page, f"{demo.url}/admin/{ADMIN[name]}", folder / f"{name}.png", whole=False)
        page.context.close()
    page = logged_in(browser, demo, language="ja", size=DESKTOP, dark=False)
    shoot(page, f"{demo.url}/admin/{ADMIN['today']}", folder / "today-ja.png", whole=False)
    page.context.close()


def take_all(browser, demo: Demo, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for label, language, size, dark in (
        ("ja", "ja", DESKTOP, False),
        ("ja-dark", "ja", DESKTOP, True),
        ("ja-phone", "ja", PHONE, False),
        ("en", "en", DESKTOP, False),
    ):
        page = logged_in(browser, demo, language=language, size=size, dark=dark)
        for name, path in ADMIN.items():
            shoot(page, f"{demo.url}/admin/{path}", folder / f"{name}-{label}.png")
        for name, path in PUBLIC.items():
            shoot(page, f"{demo.url}/{language}/{path}", folder / f"{name}-{label}.png")
        for name, path in OUTSIDE.items():
            shoot(page, f"{demo.url}/{path}?lang={language}", folder / f"{name}-{label}.png")
        page.context.close()


def logged_in(browser, demo: Demo, *, language: str, size: dict, dark: bool):
    demo.manage("shell", "-v0", "-c", PROFILE.format(language=language, theme="dark" if dark else "light"))
    scheme = "dark" if dark else "light"
    context = browser.new_context(locale=f"{language}-JP", viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{demo.url}/admin/login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", "changeme")
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")
    return page


PROFILE = (
    "from wagtail.users.models import UserProfile; "
    "UserProfile.objects.filter(user__username='admin').update(preferred_language='{language}', theme='{theme}')"
)


def shoot(page, url: str, path: Path, *, whole: bool = True) -> None:
    response = page.goto(url)
    page.wait_for_timeout(500)
    page.screenshot(path=str(path), full_page=whole)
    print(response.status, path)


if __name__ == "__main__":
    main()
