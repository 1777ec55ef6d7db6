"""Ready forms for 資料請求, 問合せ, セミナー and メルマガ, whole and in the form's own language: content, not interface.

They are made as drafts: the editor looks them over and publishes.
"""

import uuid

from django.db import transaction
from wagtail.models import Locale

from wagtail_leads.capture.models import LeadForm

DOCUMENT, INQUIRY = LeadForm.Purpose.DOCUMENT.value, LeadForm.Purpose.INQUIRY.value
SEMINAR, NEWSLETTER = LeadForm.Purpose.SEMINAR.value, LeadForm.Purpose.NEWSLETTER.value

#: What each asks: (kind, must it be filled?, more).
_COMPANY = (("company", True, {}), ("department", False, {}), ("job_title", False, {}))
QUESTIONS = {
    DOCUMENT: (*_COMPANY, ("names", True, {}), ("email", True, {}), ("phone", False, {}), ("select", False, {})),
    INQUIRY: (
        ("company", True, {}),
        ("names", True, {}),
        ("email", True, {}),
        ("phone", False, {}),
        ("contact_wish", False, {}),
        ("message", True, {}),
    ),
    SEMINAR: (*_COMPANY, ("names", True, {"kana": True}), ("email", True, {}), ("phone", False, {}), ("lines", False, {})),
    NEWSLETTER: (("email", True, {}), ("name", False, {}), ("company", False, {})),
}

WORDS: dict[str, dict[str, dict]] = {
    "ja": {
        DOCUMENT: {
            "name": "資料請求フォーム",
            "heading": "資料を無料でご覧いただけます",
            "intro": "下記にご記入のうえ送信してください。すぐに資料をご覧いただけます。同じものをメールでもお送りします。",
            "submit_label": "資料を受け取る",
            "thanks_heading": "資料請求ありがとうございます",
            "thanks_text": "ご登録のメールアドレスに、資料のリンクをお送りしました。数分たっても届かない場合は、"
            "迷惑メールフォルダーもご確認ください。",
            "purpose_text": "ご記入いただいた情報は、資料の送付と、内容に関するお問い合わせへの回答に利用します。",
            "consent_wording": "関連する製品・サービスのご案内をメールで受け取ります。いつでも配信を停止できます。",
            "question": "ご検討の状況",
            "choices": "情報収集中\n3か月以内に検討\n半年以内に検討\n時期は未定",
        },
        INQUIRY: {
            "name": "お問い合わせフォーム",
            "heading": "お問い合わせ",
            "intro": "製品・サービス、お見積りなど、お気軽にご相談ください。担当者より折り返しご連絡します。",
            "submit_label": "この内容で送信する",
            "thanks_heading": "お問い合わせありがとうございます",
            "thanks_text": "お問い合わせを受け付けました。内容を確認し、担当者よりご連絡いたします。"
            "受付の控えをメールでお送りしましたのでご確認ください。",
            "purpose_text": "ご記入いただいた情報は、お問い合わせへの回答とご連絡のために利用します。",
            "consent_wording": "関連する製品・サービスのご案内もメールで受け取ります。いつでも配信を停止できます。",
            "message": "お問い合わせ内容",
        },
        SEMINAR: {
            "name": "セミナー申込フォーム",
            "heading": "セミナーのお申し込み",
            "intro": "参加される方ごとにお申し込みください。受付後、確認のメールをお送りします。",
            "submit_label": "申し込む",
            "thanks_heading": "お申し込みありがとうございます",
            "thanks_text": "お申し込みを受け付けました。確認のメールをお送りしましたのでご覧ください。"
            "当日お会いできることを楽しみにしております。",
            "purpose_text": "ご記入いただいた情報は、お申し込みの受付とセミナーの運営に利用します。",
            "consent_wording": "今後のセミナーや製品・サービスのご案内をメールで受け取ります。いつでも配信を停止できます。",
            "question": "講師へのご質問・ご要望",
        },
        NEWSLETTER: {
            "name": "メルマガ登録フォーム",
            "heading": "メールマガジンのご登録",
            "intro": "導入事例や新製品の情報、セミナーのご案内をお届けします。配信はいつでも停止できます。",
            "submit_label": "登録する",
            "thanks_heading": "ご登録ありがとうございます",
            "thanks_text": "次号からお届けします。登録の控えをメールでお送りしましたのでご確認ください。",
            "purpose_text": "ご記入いただいた情報は、メールマガジンの配信に利用します。",
            "consent_wording": "メールマガジンの配信を希望します。いつでも配信を停止できます。",
        },
    },
    "en": {
        DOCUMENT: {
            "name": "Document request",
            "heading": "Read it free of charge",
            "intro": "Fill this in and the document opens at once. We also send you the link by mail.",
            "submit_label": "Get the document",
            "thanks_heading": "Thank you for your request",
            "thanks_text": "We have sent the link to your mail address. If it has not arrived after a few minutes, "
            "please look into your spam folder.",
            "purpose_text": "We use what you enter to send you the document and to answer your questions about it.",
            "consent_wording": "You may write to me about related products and services. I can refuse at any time.",
            "question": "Where do you stand?",
            "choices": "Collecting information\nDeciding within 3 months\nDeciding within half a year\nNo date yet",
        },
        INQUIRY: {
            "name": "Inquiry",
            "heading": "Contact us",
            "intro": "Questions about products, a quotation, a visit: write to us. A colleague will get back to you.",
            "submit_label": "Send the inquiry",
            "thanks_heading": "Thank you for your inquiry",
            "thanks_text": "We have received it, and a colleague will get back to you. A copy is on its way to your inbox.",
            "purpose_text": "We use what you enter to answer your inquiry and to get in touch with you.",
            "consent_wording": "You may also write to me about related products and services. I can refuse at any time.",
            "message": "How can we help you?",
        },
        SEMINAR: {
            "name": "Seminar registration",
            "heading": "Register for the seminar",
            "intro": "Please register each person by name. You get a mail that confirms your registration.",
            "submit_label": "Register",
            "thanks_heading": "Thank you for your registration",
            "thanks_text": "You are registered, and a mail that says so is on its way. We look forward to seeing you.",
            "purpose_text": "We use what you enter for your registration and to run the seminar.",
            "consent_wording": "You may write to me about further seminars and related services. I can refuse at any time.",
            "question": "Your questions to the speaker",
        },
        NEWSLETTER: {
            "name": "Newsletter",
            "heading": "Our newsletter",
            "intro": "Stories from customers, new products and invitations to seminars. You can end it at any time.",
            "submit_label": "Subscribe",
            "thanks_heading": "Thank you for subscribing",
            "thanks_text": "You will get our next newsletter. A mail that says so is on its way.",
            "purpose_text": "We use what you enter to send you the newsletter.",
            "consent_wording": "Please send me the newsletter by mail. I can end it at any time.",
        },
    },
}
PURPOSES = tuple(WORDS["en"])
#: A name for the address, where it is still free.
SLUGS = {INQUIRY: "contact", SEMINAR: "seminar", NEWSLETTER: "newsletter"}
_TEXTS = ("name", "heading", "intro", "submit_label", "thanks_heading", "thanks_text", "purpose_text", "consent_wording")


def preset_of(purpose: str, language: str) -> dict:
    """The values of a `LeadForm`; English for a language that has none of its own. KeyError for an unknown purpose."""
    language = language.split("-")[0]
    words = WORDS.get(language, WORDS["en"])[purpose]
    return {
        **{name: words[name] for name in _TEXTS},
        "purpose": purpose,
        "opens_todo": purpose == INQUIRY,
        "fields": [_block(one, words, language) for one in QUESTIONS[purpose]],
    }


def put_preset(purpose: str, locale: Locale, *, user=None) -> LeadForm:
    """Make the ready form as a draft, with an address of its own where one is usual."""
    with transaction.atomic():
        values = preset_of(purpose, locale.language_code)
        made = LeadForm(locale=locale, slug=_free_slug(purpose, locale), live=False, **values)
        made.save()
        made.save_revision(user=user)
        return made


def _block(one, words: dict, language: str) -> dict:
    kind, must, more = one
    value = {"label": "", "required": must, "help_text": "", **more}
    if kind == "names":
        value["kana"] = bool(more.get("kana")) and language == "ja"
    if kind in ("select", "lines"):
        value["label"] = words["question"]
    if kind == "select":
        value["choices"] = words["choices"]
    if kind == "message":
        value["label"] = words["message"]
    return {"type": kind, "id": str(uuid.uuid4()), "value": value}


def _free_slug(purpose: str, locale: Locale) -> str:
    wanted = SLUGS.get(purpose, "")
    if not wanted:
        return ""
    tried = (wanted, f"{wanted}-{locale.language_code}")
    taken = set(LeadForm.objects.filter(slug__in=tried).values_list("slug", flat=True))
    return next((slug for slug in tried if slug not in taken), "")
