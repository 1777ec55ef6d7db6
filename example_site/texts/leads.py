"""Words of the marketing set-up, in both languages."""

LANGUAGES = ("ja", "en")

SENDER = {
    "company_name": "ナギサワ光機株式会社",
    "from_name": "ナギサワ光機株式会社",
    "from_address": "info@nagisawa.example.jp",
    "reply_to": "info@nagisawa.example.jp",
    "postal_address": "〒392-0000 長野県諏訪市湖岸通り0丁目0番0号",
    "contact": "電話 0266-00-0000 / info@nagisawa.example.jp",
    "staff_addresses": "sales@nagisawa.example.jp",
    "privacy_url": "/ja/privacy/",
}

CASE_TOPICS = {"food-packaging": "NL-200", "waterworks": "NP-50"}
ARTICLE_TOPICS = {
    "where-to-start": ["NL-200"],
    "lighting-basics": ["NL-200"],
    "misses-and-false-alarms": ["NL-200"],
    "pipe-inspection-records": ["NP-50"],
}

FORMS = {
    "ja": {
        "name": "資料請求（日本語）",
        "heading": "資料をお読みいただけます（無料）",
        "intro": "下の項目をご記入ください。すぐにこのページで、またメールでも資料をお届けします。",
        "submit_label": "資料を受け取る",
    },
    "en": {
        "name": "Document request (English)",
        "heading": "Read the guide – free of charge",
        "intro": "Please tell us who you are. You get the guide at once on this page, and by mail.",
        "submit_label": "Get the guide",
    },
}

EMAILS = {
    "ja": {
        "thanks": {
            "name": "資料請求のお礼（日本語）",
            "subject": "資料のご請求ありがとうございます",
            "preheader": "はじめての外観検査、次に読まれている記事をご紹介します。",
            "body": [
                ("heading", "{name} 様、資料のご請求ありがとうございます"),
                (
                    "text",
                    "<p>資料は別のメールでお届けしました。お読みになって、ご自身の現場ではどこから手をつけるべきか、"
                    "迷われるかもしれません。</p><p>そこで、最初にどの工程を選ぶかを整理した記事をご用意しています。"
                    "5分ほどでお読みいただけます。</p>",
                ),
                ("button", ("どの工程から始めるか", "where-to-start")),
                ("text", "<p>ご不明な点がございましたら、このメールにそのままご返信ください。</p>"),
            ],
        },
        "case": {
            "name": "導入事例のご案内（日本語）",
            "subject": "同じ課題を解決された事例をご紹介します",
            "preheader": "食品包装ラインでの全数検査の記録です。",
            "body": [
                ("heading", "現場では、こう使われています"),
                (
                    "text",
                    "<p>{name} 様</p><p>記事をお読みくださり、ありがとうございます。食品包装の現場で、目視から全数検査へ"
                    "切り替えた際の記録をまとめました。つまずいた点も、そのまま載せています。</p>",
                ),
                ("button", ("導入事例を読む", "food-packaging")),
                ("divider", None),
                ("text", "<p>費用の目安は、価格のページに公開しています。</p>"),
                ("button", ("価格を見る", "price")),
            ],
        },
        "softer": {
            "name": "照明の基礎（日本語）",
            "subject": "検査は照明で決まります ― 基礎のまとめ",
            "preheader": "お急ぎでなければ、まずは気軽に読める記事から。",
            "body": [
                ("heading", "カメラより先に、照明の話を"),
                (
                    "text",
                    "<p>{name} 様</p><p>お忙しいところ失礼いたします。導入をお急ぎでない方にも役立つ、照明の基礎をまとめた"
                    "読み物です。いまお使いの検査台にも、そのまま応用できます。</p>",
                ),
                ("button", ("照明の基礎を読む", "lighting-basics")),
            ],
        },
    },
    "en": {
        "thanks": {
            "name": "Thanks for the request (English)",
            "subject": "Thank you for asking for our guide",
            "preheader": "What readers of the guide read next.",
            "body": [
                ("heading", "Thank you, {name}"),
                (
                    "text",
                    "<p>The guide came in a mail of its own. Once you have read it, you may wonder where to begin in your "
                    "own plant.</p><p>We wrote down how to choose the first process. It takes five minutes to read.</p>",
                ),
                ("button", ("Where to start", "where-to-start")),
                ("text", "<p>Any questions? Just reply to this mail.</p>"),
            ],
        },
        "case": {
            "name": "Case study (English)",
            "subject": "How another plant solved it",
            "preheader": "The record of a food packaging line that moved to full inspection.",
            "body": [
                ("heading", "This is how it is used"),
                (
                    "text",
                    "<p>Dear {name},</p><p>Thank you for reading. A food packaging line moved from looking by eye to full "
                    "inspection; we wrote down how, with what went wrong on the way.</p>",
                ),
                ("button", ("Read the case study", "food-packaging")),
                ("divider", None),
                ("text", "<p>What it costs is on our price page.</p>"),
                ("button", ("See the prices", "price")),
            ],
        },
        "softer": {
            "name": "Lighting basics (English)",
            "subject": "Inspection begins with light",
            "preheader": "No hurry: an easy article to begin with.",
            "body": [
                ("heading", "Before the camera comes the light"),
                (
                    "text",
                    "<p>Dear {name},</p><p>Even if you are in no hurry, the basics of lighting help with the inspection "
                    "table you have today.</p>",
                ),
                ("button", ("Read about lighting", "lighting-basics")),
            ],
        },
    },
}

SCENARIOS = {
    "ja": {
        "name": "資料請求後のフォロー（日本語）",
        "purpose": "資料を請求された方に、反応を見ながら次の情報をお届けし、関心が高まったら営業に引き継ぎます。",
        "todo": "お電話して、ご状況をうかがう",
    },
    "en": {
        "name": "After a document request (English)",
        "purpose": "Whoever asked for the guide gets the next piece by reaction; sales takes over once interest is high.",
        "todo": "Call and ask about the situation",
    },
}

#: What stands above the form of the paper's own address.
GATED_DOCUMENT = {
    "ja": "240件の導入支援から見えた、外観検査の自動化を成功させる手順を全6章にまとめました。",
    "en": "What we learned in 240 projects on automating visual inspection, in six practical chapters.",
}

#: A part of a case study that is read for a name.
GATED_PART = {
    "ja": {
        "teaser": "費用と効果の内訳（点検工数、機器費、回収期間）を公開しています。ご入力いただいた方だけがお読みいただけます。",
        "inside": "<h2>費用と効果の内訳</h2><ul><li>点検工数：年間64時間から24時間に</li><li>機器と教育の費用：248万円</li>"
        "<li>漏水事故の予防効果：年間およそ180万円</li><li>回収期間：1年4か月</li></ul>",
    },
    "en": {
        "teaser": "Costs and effects in figures: hours of inspection, equipment, payback. Shown to whoever leaves their name.",
        "inside": "<h2>Costs and effects</h2><ul><li>Hours of inspection: from 64 to 24 a year</li>"
        "<li>Equipment and training: ¥2.48 million</li><li>Leaks prevented: about ¥1.8 million a year</li>"
        "<li>Payback: 1 year and 4 months</li></ul>",
    },
}
