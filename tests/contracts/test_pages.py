"""Templates, styles and scripts: first-party only, no inline script or style, so that a strict CSP works."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wagtail_leads"
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
#: A mail has no style sheet: its styles are inline, and its addresses whole.
PAGES = [path for path in TEMPLATES if "wagtail_leads/mail/" not in path.as_posix()]
ASSETS = sorted(p for p in (PACKAGE / "static").rglob("*") if p.suffix in (".css", ".js"))
#: Names of languages, not places that a browser asks.
NAMESPACES = ("http://www.w3.org/", "https://schema.org/")


def name(path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", [*TEMPLATES, *ASSETS], ids=name)
def test_no_third_party_host(path):
    found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", path.read_text(encoding="utf-8"))
    comments = re.compile(r"^//")
    assert not [
        url for url in found if not url.startswith(NAMESPACES) and not comments.match(url) and "example" not in url
    ]


#: A file that a person keeps, with all it needs in itself; it is handed out as a download and served to no browser.
KEPT_FILE = "privacy/sheet.html"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_inline_script_or_style(path):
    html = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", html), "an inline script"
    assert not re.search(r"<style\b", html) or path.as_posix().endswith(KEPT_FILE), "an inline style sheet"
    assert not re.search(r"<[^>]*\sstyle=", html), "a style attribute"
    assert not re.search(r"<[^>]*\son[a-z]+=", html), "an event attribute"
    assert "javascript:" not in html


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_marked_safe_by_hand(path):
    """What is safe is said where it is made; a template that says so cannot know."""
    text = path.read_text(encoding="utf-8")
    allowed = "wagtail_leads/mail/" in path.as_posix() and "html" in path.name
    assert allowed or not re.search(r"\|\s*safe\b|{% autoescape off", text)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_text_is_translatable(path):
    html = path.read_text(encoding="utf-8")
    marks = r"{#.*?#}|{% comment.*?endcomment %}|{% blocktrans.*?{% endblocktrans[a-z]* %}|<style.*?</style>"
    html = re.sub(marks, "", html, flags=re.S)
    html = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "\x00", html, flags=re.S)
    words = [w.strip() for w in html.split("\x00") if re.search(r"[A-Za-z]{3,}", w)]
    assert not [w for w in words if not re.fullmatch(r"&[a-z]+;|[a-z_.]+|kB|MB|WAGTAIL_LEADS = .*", w)]
