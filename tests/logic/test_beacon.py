"""What a click means, and how many messages a place may send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.beacon import FILE_ENDING, LETTERS, TARGET_LENGTH, Allowance, Click, read_click

OWN = frozenset({"www.example.co.jp"})


def click(target, letter="l") -> Click | None:
    return read_click(letter, target, here="example.jp", own_hosts=OWN)


@pytest.mark.parametrize(
    ("target", "event", "what"),
    [
        ("https://partner.example/shop/", "link", "https://partner.example/shop/"),
        ("https://partner.example", "link", "https://partner.example/"),
        ("https://user:secret@partner.example/a?token=1#b", "link", "https://partner.example/a"),
        ("https://partner.example:8443/a", "link", "https://partner.example:8443/a"),
        ("http://[2001:db8::1]/a", "link", "http://[2001:db8::1]/a"),
        ("https://partner.example/%E8%A3%BD%E5%93%81/", "link", "https://partner.example/製品/"),
        ("https://cdn.example/spec.PDF?v=2", "file", "https://cdn.example/spec.PDF"),
        ("https://example.jp/media/spec.pdf", "file", "/media/spec.pdf"),
        ("https://static.example.co.jp/cad/part.dxf", "file", "/cad/part.dxf"),
        ("https://social-plugins.line.me/lineit/share", "share", "line"),
        ("https://line.me/R/msg/text/", "share", "line"),
        ("https://twitter.com/intent/tweet", "share", "x"),
        ("https://x.com/intent/post", "share", "x"),
        ("https://twitter.com/share", "share", "x"),
        ("https://www.facebook.com/sharer/sharer.php", "share", "facebook"),
        ("https://www.facebook.com/sharer.php", "share", "facebook"),
        ("https://www.facebook.com/dialog/share", "share", "facebook"),
        ("https://b.hatena.ne.jp/entry/s/example.jp/article/", "share", "hatena"),
        ("https://b.hatena.ne.jp/add", "share", "hatena"),
        ("https://www.linkedin.com/sharing/share-offsite/", "share", "linkedin"),
        ("https://www.linkedin.com/shareArticle", "share", "linkedin"),
        ("https://note.com/intent/post", "share", "note"),
        ("https://bsky.app/intent/compose", "share", "bluesky"),
        ("https://www.threads.net/intent/post", "share", "threads"),
        ("https://wa.me/", "share", "whatsapp"),
        ("https://jp.pinterest.com/pin/create/button/", "share", "pinterest"),
        ("mailto:", "share", "mail"),
        ("https://twitter.com/our_company", "link", "https://twitter.com/our_company"),
        ("https://www.facebook.com/our.company", "link", "https://www.facebook.com/our.company"),
        ("https://notx.com/intent/post", "link", "https://notx.com/intent/post"),
    ],
)
def test_where_a_click_led(target, event, what):
    assert click(target) == Click(event=event, target=what)


@pytest.mark.parametrize(
    "target",
    [
        "https://example.jp/page/",
        "https://EXAMPLE.jp/page/",
        "https://shop.example.jp/",
        "https://blog.example.co.jp/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://partner.example/a",
        "tel:0312345678",
        "mailto:info@example.jp",
        "//partner.example/",
        "https://",
        "http://[::1",
        "https://partner.example:99999/",
        "https://part ner.example/",
        "https://<script>/",
        "",
        None,
        7,
        ["https://partner.example/"],
    ],
)
def test_what_is_no_click_of_ours(target):
    assert click(target) is None


@pytest.mark.parametrize("letter", ["", "s", "x", "lf", None, 1, ["l"]])
def test_letters_that_nobody_knows(letter):
    assert click("https://partner.example/", letter) is None


def test_a_link_of_ours_that_is_marked_as_a_download_is_a_file():
    assert click("https://example.jp/export/", "f") == Click(event="file", target="/export/")
    assert click("https://partner.example/export/", "f") == Click(
        event="link", target="https://partner.example/export/"
    )


@given(
    st.sampled_from([*LETTERS.values(), "", "z"]), st.text() | st.text(max_size=200).map("https://a.example/".__add__)
)
def test_any_text_is_a_short_clean_click_or_none(letter, target):
    found = click(target, letter)
    if found is not None:
        assert 0 < len(found.target) <= TARGET_LENGTH and found.target.isprintable()
        json.dumps(found.target).encode()


def test_the_script_knows_the_same_files():
    from pathlib import Path

    import wagtail_leads

    source = (Path(wagtail_leads.__file__).parent / "static/wagtail_leads/page.js").read_text()
    ours = FILE_ENDING.pattern.replace("(?:", "(").replace("\\.(", "", 1).removesuffix(")$")
    assert ours in source


class TestAllowance:
    def test_so_many_at_once_and_then_as_time_goes(self):
        allowance = Allowance(per_minute=60)
        assert [allowance.takes("a", now=0) for _n in range(61)].count(True) == 60
        assert not allowance.takes("a", now=0.5)
        assert allowance.takes("a", now=1.1) and not allowance.takes("a", now=1.2)
        assert [allowance.takes("a", now=1000) for _n in range(61)].count(True) == 60, "never more than a minute's"

    def test_each_place_has_its_own(self):
        allowance = Allowance(per_minute=1)
        assert allowance.takes("a", now=0) and allowance.takes("b", now=0) and not allowance.takes("a", now=0)

    def test_it_remembers_a_bounded_number_of_places(self):
        allowance = Allowance(per_minute=5, places=100)
        for number in range(1000):
            assert allowance.takes(str(number), now=number / 100)
        assert len(allowance._left) <= 100

    def test_a_clock_that_goes_back_gives_nothing(self):
        allowance = Allowance(per_minute=1)
        assert allowance.takes("a", now=100) and not allowance.takes("a", now=50)
