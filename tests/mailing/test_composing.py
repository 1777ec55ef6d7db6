"""What a reader gets: MIME, headers, links, and nothing of anybody's text taken for markup or for a placeholder."""

import re
from email import message_from_bytes, policy

import pytest
from django.test import RequestFactory

from tests.making import DAY, make_email, make_lead, make_message
from wagtail_leads.logic import tokens
from wagtail_leads.mailing import links, rendering
from wagtail_leads.mailing.composing import compose
from wagtail_leads.mailing.models import Email, EmailVersion, Link, SenderDetails
from wagtail_leads.mailing.operations import queue_email, queue_template, send_sample, send_test_mail
from wagtail_leads.mailing.rendering import compile_email, fill_sample, version_of, without_tokens

pytestmark = pytest.mark.django_db
ANSWERS = [{"label": "Message", "value": "Please call."}]


def mime(message):
    return message_from_bytes(compose(message).message().as_bytes(), policy=policy.default)


def parts(message):
    built = mime(message)
    text, html = built.get_payload()
    assert built.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html"), "text first"
    return text.get_content(), html.get_content()


@pytest.fixture
def message(lead, sender, now):
    return queue_email(make_email(), lead=lead, dedupe_key="k", now=now)


@pytest.fixture
def asked_for(lead, sender, now):
    def make(template="reply", **values):
        context = {
            "answers": ANSWERS,
            "url": "http://localhost/paper/",
            "title": "White paper",
            **values.pop("context", {}),
        }
        return queue_template(template, to=lead.email, lead=lead, dedupe_key="a", now=now, context=context, **values)

    return make


# --- headers --------------------------------------------------------------------------------------------------------------


def test_marketing_mail_can_be_left_with_one_click(message):
    built = mime(message)
    url = built["List-Unsubscribe"].strip("<>")
    assert built["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and built["Precedence"] == "bulk"
    assert url == links.unsubscribe_url(message) and url.startswith("http")
    text, html = parts(message)
    assert url in text and url in html, "and by a link for people"


def test_mail_that_was_asked_for_cannot(asked_for):
    built = mime(asked_for())
    assert built["List-Unsubscribe"] is None and built["Precedence"] is None
    assert "nsubscribe" not in "".join(parts(asked_for() or links.Message.objects.get()))


def test_every_mail_names_its_sender_and_says_that_a_machine_wrote_it(message):
    built = mime(message)
    assert built["From"] == "Sample Works <info@works.example>" and built["To"] == "taro@mihon.example"
    assert built["Auto-Submitted"] == "auto-generated" and built["Reply-To"] is None
    for part in parts(message):
        assert "Sample Works Ltd." in part and "1-2-3 Sample, Tokyo" in part and "03-0000-0000" in part


def test_answers_go_where_the_sender_wants_them(message):
    SenderDetails.objects.update(reply_to="sales@works.example", from_name="")
    built = mime(message)
    assert built["Reply-To"] == "sales@works.example" and built["From"] == '"Sample Works Ltd." <info@works.example>'


def test_without_sender_details_the_sites_own_address_writes(lead, site, now):
    message = queue_template("test", to=lead.email, dedupe_key="k", now=now, context={"who": "A"})
    assert mime(message)["From"] == "webmaster@localhost"


def test_the_message_id_is_the_same_each_time_and_unlike_any_other(message, lead, now):
    other = make_message(now, lead)
    assert mime(message)["Message-ID"] == mime(message)["Message-ID"] != mime(other)["Message-ID"]
    assert re.fullmatch(rf"<leads\.{message.pk}\.[0-9a-f]{{16}}@works\.example>", mime(message)["Message-ID"])


@pytest.mark.parametrize("name", ["A\r\nBcc: all@example.com", "A\nB", "株式会社見本" * 40, "Ünïcode <x@y.z>"])
def test_no_name_makes_a_header_of_its_own(message, lead, name):
    SenderDetails.objects.update(from_name=name[:200])
    lead.name = name[:200]
    lead.save()
    message.refresh_from_db()
    built = mime(message)
    assert built["Bcc"] is None and set(built.keys()) <= {
        "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe",
        "List-Unsubscribe-Post", "Precedence",
    }  # fmt: skip
    assert "\n" not in built["Subject"]


def test_a_japanese_subject_arrives_as_it_was_written(lead, sender, now):
    email = make_email(subject="{name}様へ　新製品「高速カメラ」のご案内（{company}）")
    lead.company_name = "株式会社見本"
    lead.save()
    message = queue_email(email, lead=lead, dedupe_key="k", now=now)
    assert mime(message)["Subject"].strip() == "山田 太郎様へ 新製品「高速カメラ」のご案内（株式会社見本）"
    assert message.subject.startswith("山田 太郎様へ") and "%%" not in message.subject


# --- parts ----------------------------------------------------------------------------------------------------------------


def test_the_text_part_is_text(message):
    text, html = parts(message)
    assert "Dear 山田 太郎, hello." in text and "Read on" in text
    assert not re.search(r"<[a-z/!]|%%|\{name\}|font-family", text)
    assert "%%" not in html and "{name}" not in html and "<!DOCTYPE html>" in html and 'style="' in html


@pytest.mark.parametrize("template", ["paper", "reply", "test", "notice"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_mail_that_ships_has_both_parts_and_no_placeholder(asked_for, template, language):
    context = {"who": "A", "lead_name": "山田", "company": "見本", "form_name": "Contact"}
    text, html = parts(asked_for(template, language=language, context=context))
    assert text.strip() and "%%" not in text + html and not re.search(r"<[a-z/]", text)
    assert f'lang="{language}"' in html


def test_mail_to_colleagues_is_not_counted(sender, now):
    context = {"url": "http://testserver/cms/leads/1/", "answers": ANSWERS}
    message = queue_template("notice", to="staff@works.example", dedupe_key="n", now=now, context=context)
    _text, html = parts(message)
    assert 'href="http://testserver/cms/leads/1/"' in html and "/leads/l/" not in html and "/leads/o/" not in html
    assert not Link.objects.exists()


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "%%footer%%",
    "%%link:99999999999999999999999%%",
    "%%%name%%%",
    "{name} {company} {{ secret }} {% now 'Y' %}",
    "a\r\nBcc: x@y.z",
    "‮txt.exe",
    "名" * 200,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name_and_nothing_else(message, lead, name):
    lead.name = name
    lead.save()
    message.refresh_from_db()
    text, html = parts(message)
    assert "<script" not in html and "<img src=x" not in html and html.count("1-2-3 Sample, Tokyo") == 1
    assert text.count("1-2-3 Sample, Tokyo") == 1 and "山田" not in html


@pytest.mark.parametrize("written", HOSTILE)
@pytest.mark.parametrize("template", ["reply", "notice"])
def test_what_a_visitor_writes_breaks_no_mail_and_fills_no_placeholder(asked_for, written, template, lead):
    lead.name = written
    lead.save()
    words = dict.fromkeys(("lead_name", "company", "form_name"), written)
    message = asked_for(template, context={"answers": [{"label": written, "value": written}], **words})
    text, html = parts(message)
    assert "<script" not in html and "<img src=x" not in html
    assert html.count("1-2-3 Sample, Tokyo") == text.count("1-2-3 Sample, Tokyo") == 1


def test_text_from_people_looks_the_same_without_placeholders():
    assert without_tokens("100% of 50%") == "100% of 50%"
    assert "%%" not in without_tokens("%%%%link:1%%%%") and without_tokens("%%a%%").replace("\u2060", "") == "%%a%%"


# --- links ----------------------------------------------------------------------------------------------------------------


def hrefs(html):
    return re.findall(r'href="([^"]*)"', html)


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("http://localhost/case/", "http://localhost/case/"),
        ("https://other.example/a?b=1&amp;c=2#d", "https://other.example/a?b=1&c=2#d"),
        ("/case/", "http://localhost/case/"),
        ("//cdn.example/x", "http://cdn.example/x"),
        ("mailto:a@b.c", None),
        ("MAILTO:a@b.c", None),
        ("tel:03-0000", None),
        ("#top", None),
        ("%%link:1%%", None),
        ("", None),
    ],
)
def test_ways_into_the_web_are_counted_and_others_left_alone(written, counted):
    html, found = rendering.number_links(f'<a href="{written}">x</a>', "http://localhost")
    assert found == ((counted,) if counted else ())
    assert hrefs(html) == (["%%link:0%%"] if counted else [written])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://x/y", "about:config"])
def test_a_click_can_lead_nowhere_but_to_the_web(url):
    assert rendering.link_row(url).url == "about:blank"


def test_the_same_address_is_one_link_in_all_mails(lead, sender, now):
    body = [
        ("button", "http://localhost/case/"),
        ("button", "http://localhost/case/"),
        ("button", "http://localhost/b/?x=1&y=2"),
    ]
    for name in ("A", "B"):
        version_of(make_email(name=name, body=body), now=now)
    assert sorted(Link.objects.values_list("url", flat=True)) == [
        "http://localhost/b/?x=1&y=2",
        "http://localhost/case/",
    ]


def test_each_link_of_a_copy_counts_for_its_reader(message, lead, now):
    _text, html = parts(message)
    url = next(u for u in hrefs(html) if "/leads/l/" in u)
    assert links.click_of(url.rstrip("/").rpartition("/")[2]) == (
        message,
        Link.objects.get(url="http://localhost/case/"),
    )
    other = queue_email(Email.objects.get(), lead=make_lead(now, "b@mihon.example"), dedupe_key="k2", now=now)
    assert url not in parts(other)[1]
    assert f'src="{links.open_url(message)}"' in html, "the pixel"


def test_tokens_of_mails_survive_a_change_of_secret_key(message, settings):
    settings.SECRET_KEY = "the old one"
    token = links.unsubscribe_url(message).rstrip("/").rpartition("/")[2]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", ["the old one"]
    assert links.message_of(token, purpose="unsubscribe") == message
    assert links.message_of(token, purpose="open") is None
    settings.SECRET_KEY_FALLBACKS = []
    assert links.message_of(token, purpose="unsubscribe") is None


def test_a_token_of_a_mail_that_is_gone_leads_to_none(message):
    keys = rendering_keys()
    huge = tokens.sign_numbers(2**64 - 1, purpose="open", keys=keys)
    gone = tokens.sign_numbers(message.pk + 999, purpose="open", keys=keys)
    click = tokens.sign_numbers(message.pk, 2**63 - 1, purpose="click", keys=keys)
    assert links.message_of(huge, purpose="open") is None and links.message_of(gone, purpose="open") is None
    assert links.click_of(click) is None and links.click_of("") is None


def rendering_keys():
    from wagtail_leads import conf

    return conf.secrets()


# --- versions and previews --------------------------------------------------------------------------------------------------


def test_a_version_is_made_once_a_content(now):
    email = make_email()
    first = version_of(email, now=now)
    assert version_of(email, now=now + DAY) == first
    email.name = "Another name for you"
    assert version_of(email, now=now) == first
    email.subject = "Another subject"
    assert version_of(email, now=now) != first and EmailVersion.objects.count() == 2


def test_compiling_writes_nothing_and_keeps_the_marks(now):
    compiled = compile_email(make_email())
    assert compiled.subject == "News for %%name%%" and compiled.links == ("http://localhost/case/",)
    assert "%%link:0%%" in compiled.html and "%%footer%%" in compiled.html and not EmailVersion.objects.exists()


def test_what_an_editor_writes_cannot_be_a_placeholder_of_ours(lead, sender, now):
    email = make_email(
        subject="100%%name%% sure", body=[("heading", "%%footer%% %%link:7%%"), ("text", "<p>%%pixel%%</p>")]
    )
    text, html = parts(queue_email(email, lead=lead, dedupe_key="k", now=now))
    assert html.count("1-2-3 Sample, Tokyo") == 1 and text.count("1-2-3 Sample, Tokyo") == 1


def test_a_preview_shows_a_sample_reader_and_plain_links(sender):
    html, text = fill_sample(compile_email(make_email()), sender)
    assert "Taro Yamada" in html and 'href="http://localhost/case/"' in html and "%%" not in html + text
    assert not Link.objects.exists() and "1-2-3 Sample, Tokyo" in text


@pytest.mark.parametrize(("mode", "kind"), [("html", "text/html"), ("text", "text/plain")])
def test_the_admins_preview_has_both_parts(site, mode, kind):
    response = make_email().serve_preview(RequestFactory().get("/", HTTP_HOST="localhost"), mode)
    assert response.status_code == 200 and kind in response["Content-Type"] and "Read on" in response.content.decode()


def test_all_blocks_of_a_body_are_in_both_parts(lead, sender, now):
    body = [
        ("heading", "Big news"),
        ("text", "<p>One <b>two</b></p><ul><li>three</li></ul>"),
        ("divider", None),
        ("button", "http://localhost/b/"),
    ]
    email = make_email(body=body, preheader="Look <inside>", purpose="transactional", language="ja")
    text, html = parts(queue_email(email, lead=lead, dedupe_key="k", now=now))
    for word in ("Big news", "three", "Read on"):
        assert word in text and word in html
    assert "Look &lt;inside&gt;" in html and "<hr" in html and 'lang="ja"' in html


def test_a_lead_without_a_name_is_called_something_polite(sender, now, lead):
    lead.name = ""
    lead.save()
    text, _html = parts(queue_email(make_email(), lead=lead, dedupe_key="k", now=now))
    assert "Dear reader, hello." in text


def test_a_test_mail_and_a_sample_go_to_colleagues(sender, now, admin_user):
    test = send_test_mail(to="me@works.example", site=None, user=admin_user, now=now)
    sample = send_sample(make_email(), to="me@works.example", site=None, user=admin_user, now=now)
    assert test.purpose == sample.purpose == "transactional" and test.lead is sample.lead is None
    assert "%%" not in "".join(parts(test) + parts(sample)) + sample.subject


def test_a_subject_is_one_line():
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        make_email(subject="a\nb").full_clean()
