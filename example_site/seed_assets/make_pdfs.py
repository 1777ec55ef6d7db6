"""Makes the white paper as PDF in both languages; run by hand, the result is committed.

    .venv/bin/pip install fonttools
    .venv/bin/python example_site/seed_assets/make_pdfs.py

Chromium prints it, with the system's Noto Sans CJK. It cannot embed a font collection as it is (each glyph becomes a
drawing, and the file half as large again), so the characters used are cut out of it first. The demo needs none of this.
"""
# ruff: noqa: E501

import base64
import io
import os
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

FONTS = Path(os.environ.get("CJK_FONTS", "/usr/share/fonts/opentype/noto"))

STYLE = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box }
body { margin: 0; font-family: Words, sans-serif; color: #14232b; font-size: 10.5pt; line-height: 1.75; print-color-adjust: exact }
html[lang=en] body { font-size: 10.8pt; line-height: 1.6 }
.sheet { position: relative; width: 210mm; height: 297mm; padding: 22mm 22mm 20mm; break-after: page; overflow: hidden }
.sheet:last-child { break-after: auto }
.cover { padding: 0; background: #0b5f66; color: #fff }
.cover img { display: block; width: 100%; height: 148mm; object-fit: cover }
.cover .words { padding: 16mm 22mm }
.cover h1 { margin: 0 0 6mm; font-size: 31pt; line-height: 1.3 }
.cover p { margin: 0; font-size: 12.5pt; color: #d5eced }
.cover .maker { position: absolute; left: 22mm; bottom: 18mm; font-weight: 700; color: #fff }
.number { color: #b4530a; font-weight: 700; font-size: 10pt; letter-spacing: .08em }
h2 { margin: 0 0 4mm; font-size: 20pt; line-height: 1.35; color: #084f56 }
h3 { margin: 6mm 0 1.5mm; font-size: 12.5pt; color: #0b6870 }
p { margin: 0 0 3mm } ul, ol { margin: 0 0 3mm; padding-left: 6mm } li { margin-bottom: 1.2mm }
.lead { color: #4a5c66; font-size: 11.5pt; margin-bottom: 5mm }
table { width: 100%; border-collapse: collapse; margin: 3mm 0 4mm; font-size: 9.6pt; line-height: 1.5 }
th, td { border-bottom: .3mm solid #d0dcdf; padding: 2mm 2.5mm; text-align: left; vertical-align: top } th { background: #e3f1f1; color: #084f56 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.box { margin: 5mm 0; padding: 4.5mm 6mm; background: #f2f7f7; border-left: 1.2mm solid #e08a3c }
.box :last-child { margin-bottom: 0 } .box h3 { margin-top: 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 5mm 7mm } .pair h3 { margin-top: 0 } .pair > div { border-top: .8mm solid #0b6870; padding-top: 3mm }
.picture { width: 100%; height: 58mm; object-fit: cover; border-radius: 3mm; margin: 2mm 0 4mm }
.bar { display: grid; grid-template-columns: 48mm 1fr 12mm; gap: 3mm; align-items: center; margin-bottom: 1.5mm; font-size: 9.6pt } .bar i { display: block; height: 4.5mm; background: #1792a0; border-radius: 1mm }
.foot { position: absolute; left: 22mm; right: 22mm; bottom: 10mm; display: flex; justify-content: space-between; font-size: 8pt; color: #6a7b84 }
"""


def bar(label, value):
    return f'<div class="bar"><span>{label}</span><i style="width:{value * 2}%"></i><b>{value}%</b></div>'


JA = {
    "title": "外観検査自動化 はじめの一歩",
    "maker": "ナギサワ光機株式会社",
    "subtitle": "240件の導入支援から見えた、止まらない自動化の進め方",
    "sheets": [
        f"""<p class="number">第1章</p><h2>なぜ自動化は途中で止まるのか</h2>
<p class="lead">2012年から2025年までにお手伝いした240件のうち、62件は量産での運用に入る前に一度止まりました。理由を担当者の記録からまとめると、技術の限界によるものは一部でした。</p>
{bar("合否の基準が決まらない", 41)}{bar("費用対効果を示せない", 24)}{bar("撮影条件が足りない", 21)}{bar("現場で使われない", 14)}
<h3>止まった62件に共通すること</h3><ul><li>最初の対象に、社内でいちばん難しい不良を選んだ（48件）</li><li>限度見本が無い、または検査員によって判断が違った（44件）</li><li>評価の期間が三日以内で、ロットの違いを見ていなかった（37件）</li></ul>
<h3>うまくいった178件が最初の三か月にしたこと</h3><p>難しい対象を避け、基準をそろえ、人の検査と並べて測る。この順番を守った工場では、開始から運用までの期間が中央値で4.5か月でした。順番を入れ替えた工場の半分以下です。</p>
<div class="box"><h3>この資料の使い方</h3><p>第2章の採点表で対象を一つ選び、第4章の表で測り、第6章の型で社内に説明する。三つの表だけでもお使いいただけます。</p></div>""",
        """<p class="number">第2章</p><h2>最初の対象の選び方</h2><p class="lead">最初に必要なのは、難しい成功ではなく、早い成功です。三つの条件で候補に点をつけます。</p>
<table><tr><th>条件</th><th>0点</th><th>1点</th><th>2点</th></tr><tr><td><b>数が多い</b></td><td>一日 500個未満</td><td>500〜5,000個</td><td>5,000個以上</td></tr><tr><td><b>基準が言葉になっている</b></td><td>人によって違う</td><td>限度見本がある</td><td>図面に寸法がある</td></tr><tr><td><b>間違えても取り返せる</b></td><td>最終検査である</td><td>後に抜取りがある</td><td>後に全数検査がある</td></tr></table>
<p>合計4点以上の対象から始めてください。2点以下の対象は、基準づくりだけを先に進めます。</p>
<h3>限度見本の作り方（半日）</h3><ol><li>良品20個、明らかな不良20個、迷うもの20個を集め、番号をつける。</li><li>検査員全員が、相談せずに合否をつける。</li><li>意見が割れたものだけを並べ、品質・製造・営業で合否を決める。</li><li>決めた理由を一行で書き、見本とともに保管する。</li></ol>
<table><tr><th>例：包装フィルムの印字検査</th><th class="n">個数</th><th class="n">全員一致</th><th class="n">割れた</th></tr><tr><td>良品</td><td class="n">40</td><td class="n">38</td><td class="n">2</td></tr><tr><td>明らかなかすれ・欠け</td><td class="n">40</td><td class="n">39</td><td class="n">1</td></tr><tr><td>迷うもの</td><td class="n">40</td><td class="n">24</td><td class="n">16</td></tr></table>
<div class="box"><p>割れた19個を半日で決め直したことで、その後の評価で「正解」が動かなくなりました。</p></div>""",
        """<p class="number">第3章</p><h2>光の当て方を決める</h2><img class="picture" src="{lighting}" alt=""><p class="lead">写らないキズを、判定の工夫で補うことはできません。撮影に使う時間が、いちばん報われます。</p>
<div class="pair"><div><h3>正面から（明視野）</h3><p>印字、大きな欠け、色の違い。平らな面が明るく、凹みが暗く写ります。</p></div><div><h3>低い角度から（暗視野）</h3><p>擦りキズ、打痕、バリ。面は暗く、ふちだけが光ります。</p></div><div><h3>後ろから（透過）</h3><p>透明品の異物、穴、外形。輪郭がはっきりし、寸法も測れます。</p></div><div><h3>波長を変える</h3><p>印刷の上の汚れは、印刷が消える色で。光沢フィルムは近赤外で。</p></div></div>
<h3>試すときに書き留める五つ</h3><p>角度、距離、色（波長）、露光時間、ワークの向き。同じ写真をもう一度撮れることが、装置にするための条件です。</p>
<table><tr><th>困りごと</th><th>まず試すこと</th></tr><tr><td>照明そのものが写り込む</td><td>拡散板を入れる。または暗視野に変える</td></tr><tr><td>汚れとキズを見分けられない</td><td>二方向から撮り、影の出方を比べる</td></tr><tr><td>日によって明るさが変わる</td><td>外の光を遮り、基準板を毎朝撮る</td></tr></table>""",
        """<p class="number">第4章</p><h2>見逃しと過検出を測る</h2><p class="lead">割合ではなく、一日の個数と費用で比べます。</p>
<h3>二週間の評価計画</h3><table><tr><th>日</th><th>すること</th><th>記録するもの</th></tr><tr><td>1〜2</td><td>設置と撮影条件の確認</td><td>基準板の明るさ</td></tr><tr><td>3〜4</td><td>限度見本60個を10回ずつ流す</td><td>判定のばらつき</td></tr><tr><td>5〜12</td><td>人の検査と並べて全数を測る</td><td>見逃し・過検出の数、ロット</td></tr><tr><td>13〜14</td><td>食い違った品を全員で見直す</td><td>正解の確定、対策</td></tr></table>
<h3>計算例（一日2万個、実際の不良0.1%、再確認10秒）</h3><table><tr><th></th><th class="n">A：過検出1.0%</th><th class="n">B：過検出0.2%</th></tr><tr><td>良品のうちNGになる数</td><td class="n">200個／日</td><td class="n">40個／日</td></tr><tr><td>再確認の時間</td><td class="n">33分／日</td><td class="n">7分／日</td></tr><tr><td>見逃し率</td><td class="n">0.5%</td><td class="n">5.0%</td></tr><tr><td>見逃しの数（年240日）</td><td class="n">24個</td><td class="n">240個</td></tr></table>
<p>数字の見た目はBが優れていますが、見逃しを含めると、Aのほうが費用の小さいラインが多くあります。自社の「見逃し1個の費用」を先に決めてください。</p>
<div class="box"><h3>見逃し1個の費用</h3><p>（回収・再検査の費用 ＋ お客様への説明にかかる時間 × 時間単価）× 流出した見逃しがクレームになる割合</p></div>""",
        """<p class="number">第5章・第6章</p><h2>現場とともに立ち上げ、社内に伝える</h2>
<h3>検査員の役割を先に決める</h3><p>「機械に任せる」ではなく「人が判断する枚数を減らす」と伝えます。再確認、限度見本の管理、段取り替え、予防保全。離れた時間で何をするかを、導入の前に本人と決めてください。</p>
<h3>稟議に必要な三つの数字</h3><table><tr><th></th><th>中身</th><th class="n">記入例</th></tr><tr><td>やらない場合に失う額</td><td>検査人件費、流出クレーム、断った受注（一年分）</td><td class="n">760万円</td></tr><tr><td>元が取れるまでの年数</td><td>（装置＋工事＋教育＋保守）÷ 減る費用</td><td class="n">1.6年</td></tr><tr><td>　効果が半分だった場合</td><td>同上</td><td class="n">3.2年</td></tr><tr><td>やめるときの費用</td><td>評価プランで終えた場合</td><td class="n">18万円</td></tr></table>
<h3>一枚にまとめる型</h3><div class="pair"><div><b>左：現状</b><br>三つの数字と、現場の一言</div><div><b>中央：提案</b><br>何を、いつまでに、いくらで</div><div><b>右：一年後</b><br>同じ三つの数字</div><div><b>下：お願い</b><br>判断していただきたいことを一文で</div></div>
<div class="box"><h3>次の一歩</h3><p>ワークを10個ほどお送りください。3営業日以内に、撮影画像と検出の見込みをご報告します（無料）。<br><b>ナギサワ光機株式会社</b>　〒392-0000 長野県諏訪市湖岸通り0丁目0番0号<br>電話 0266-00-0000（平日 9:00〜17:30）　info@nagisawa.example.jp</p></div>""",
    ],
}

EN = {
    "title": "First steps in automated visual inspection",
    "maker": "Nagisawa Optics Co., Ltd.",
    "subtitle": "What 240 projects taught us about automation that keeps going",
    "sheets": [
        f"""<p class="number">CHAPTER 1</p><h2>Why projects stall</h2>
<p class="lead">Of the 240 projects we supported from 2012 to 2025, 62 came to a halt before regular use. By the records of the people in charge, the limits of technology were only part of the reason.</p>
{bar("No agreed pass/fail limit", 41)}{bar("No visible return", 24)}{bar("Imaging not good enough", 21)}{bar("Not used on the floor", 14)}
<h3>What the 62 had in common</h3><ul><li>The hardest defect was chosen as the first target (48 projects)</li><li>Limit samples were missing, or inspectors disagreed (44)</li><li>The evaluation lasted three days or less, within one lot (37)</li></ul>
<h3>What the other 178 did in the first three months</h3><p>Avoid the hardest target, agree on the limit, measure side by side with people. Plants that kept this order went from start to regular use in 4.5 months (median), less than half the time of those that did not.</p>
<div class="box"><h3>How to use this guide</h3><p>Choose one target with the sheet in chapter 2, measure with the tables in chapter 4, explain it with the layout in chapter 6. The three tables work on their own, too.</p></div>""",
        """<p class="number">CHAPTER 2</p><h2>Choosing the first target</h2><p class="lead">What you need first is not a difficult success but an early one. Give each candidate points under three conditions.</p>
<table><tr><th>Condition</th><th>0 points</th><th>1 point</th><th>2 points</th></tr><tr><td><b>There are many</b></td><td>under 500 a day</td><td>500 to 5,000</td><td>over 5,000</td></tr><tr><td><b>The limit is in words</b></td><td>depends on the person</td><td>limit samples exist</td><td>dimension on the drawing</td></tr><tr><td><b>A mistake can be undone</b></td><td>final inspection</td><td>sampling follows</td><td>full inspection follows</td></tr></table>
<p>Start with a target of four points or more. With two or fewer, work on the limit only.</p>
<h3>Making limit samples (half a day)</h3><ol><li>Collect 20 good parts, 20 clearly bad ones and 20 doubtful ones; number them.</li><li>Every inspector judges all of them, without talking.</li><li>Lay out those with split votes; quality, production and sales decide together.</li><li>Write down the reason in one line and keep it with the sample.</li></ol>
<table><tr><th>Example: print on packaging film</th><th class="n">Parts</th><th class="n">Agreed</th><th class="n">Split</th></tr><tr><td>Good</td><td class="n">40</td><td class="n">38</td><td class="n">2</td></tr><tr><td>Clearly faded or broken</td><td class="n">40</td><td class="n">39</td><td class="n">1</td></tr><tr><td>Doubtful</td><td class="n">40</td><td class="n">24</td><td class="n">16</td></tr></table>
<div class="box"><p>Deciding those 19 parts took half a day, and the right answer never moved again during the evaluation.</p></div>""",
        """<p class="number">CHAPTER 3</p><h2>Settling the light</h2><img class="picture" src="{lighting}" alt=""><p class="lead">No clever algorithm makes up for a scratch that is not in the image. Time spent on imaging pays best.</p>
<div class="pair"><div><h3>From the front (bright field)</h3><p>Print, larger chips, colour. Flat areas are bright, hollows dark.</p></div><div><h3>From a low angle (dark field)</h3><p>Scratches, dents, burrs. The surface is dark and edges shine.</p></div><div><h3>From behind (transmission)</h3><p>Foreign matter in clear parts, holes, outlines that can be measured.</p></div><div><h3>Change the wavelength</h3><p>Dirt on print: a colour that hides the print. Glossy film: near infrared.</p></div></div>
<h3>Five things to write down</h3><p>Angle, distance, colour (wavelength), exposure and the way the part lies. Being able to take the same picture again is the condition for a machine.</p>
<table><tr><th>Trouble</th><th>Try first</th></tr><tr><td>The lamp itself is reflected</td><td>A diffuser, or dark field</td></tr><tr><td>Dirt and scratches look alike</td><td>Two directions; compare the shadows</td></tr><tr><td>Brightness changes from day to day</td><td>Keep out daylight; photograph a reference plate every morning</td></tr></table>""",
        """<p class="number">CHAPTER 4</p><h2>Measuring misses and false alarms</h2><p class="lead">Compare pieces per day and money, not percentages.</p>
<h3>A two-week plan</h3><table><tr><th>Day</th><th>What to do</th><th>What to record</th></tr><tr><td>1–2</td><td>Mount, check imaging</td><td>Brightness of the reference plate</td></tr><tr><td>3–4</td><td>Run 60 limit samples ten times each</td><td>Spread of the decisions</td></tr><tr><td>5–12</td><td>Measure everything beside people</td><td>Misses, false alarms, lot</td></tr><tr><td>13–14</td><td>Review disagreements together</td><td>Right answers, measures</td></tr></table>
<h3>Example (20,000 a day, 0.1% really bad, 10 s per check)</h3><table><tr><th></th><th class="n">A: 1.0% false alarms</th><th class="n">B: 0.2% false alarms</th></tr><tr><td>Good parts rejected</td><td class="n">200 a day</td><td class="n">40 a day</td></tr><tr><td>Time to check again</td><td class="n">33 min a day</td><td class="n">7 min a day</td></tr><tr><td>Share of defects missed</td><td class="n">0.5%</td><td class="n">5.0%</td></tr><tr><td>Defects missed (240 days)</td><td class="n">24</td><td class="n">240</td></tr></table>
<p>B looks better at first sight. Counting misses, A is cheaper on many lines. Decide first what one miss costs you.</p>
<div class="box"><h3>The cost of a miss</h3><p>(recall and re-inspection + hours of explaining × hourly rate) × share of escapes that become a complaint</p></div>""",
        """<p class="number">CHAPTERS 5 AND 6</p><h2>Starting up with the floor, and getting approval</h2>
<h3>Decide the new role of inspectors first</h3><p>Do not say the machine takes over; say people get fewer pieces to decide on. Double-checking, keeping limit samples, changeovers, preventive maintenance: agree with each person before the system arrives.</p>
<h3>Three numbers for your proposal</h3><table><tr><th></th><th>What goes in</th><th class="n">Example</th></tr><tr><td>What doing nothing costs</td><td>Inspection wages, complaints, declined orders (one year)</td><td class="n">¥7.6 m</td></tr><tr><td>Years to pay back</td><td>(equipment + installation + training + service) ÷ savings</td><td class="n">1.6</td></tr><tr><td>… with half the effect</td><td>as above</td><td class="n">3.2</td></tr><tr><td>What it costs to stop</td><td>Ending after the trial</td><td class="n">¥180,000</td></tr></table>
<h3>The one-page layout</h3><div class="pair"><div><b>Left: today</b><br>Three numbers, and a voice from the floor</div><div><b>Middle: the proposal</b><br>What, by when, for how much</div><div><b>Right: a year from now</b><br>The same three numbers</div><div><b>Below: the request</b><br>The decision you ask for, in one sentence</div></div>
<div class="box"><h3>Your next step</h3><p>Send us about ten parts. Within three working days you have images and our view on what can be found, free of charge.<br><b>Nagisawa Optics Co., Ltd.</b>, 0-0-0 Kogan-dori, Suwa, Nagano 392-0000, Japan<br>+81-266-00-0000 (weekdays 9:00–17:30, Japan time), info@nagisawa.example.jp</p></div>""",
    ],
}


def picture(name: str) -> str:
    """A small JPEG of one of the site's pictures, as a data URL."""
    buffer = io.BytesIO()
    Image.open(HERE / f"{name}.png").convert("RGB").resize((800, 500)).save(buffer, "JPEG", quality=72)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def font_face(words: str, *, weight: int, file: str) -> str:
    """A rule with the part of one font that ``words`` need."""
    font = TTFont(FONTS / file, fontNumber=0)
    options = subset.Options(layout_features=["kern", "palt"], hinting=False, desubroutinize=False)
    cutter = subset.Subsetter(options)
    cutter.populate(text=words)
    cutter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"@font-face {{ font-family: Words; font-weight: {weight}; src: url(data:font/otf;base64,{data}) }}"


def html(language: str, text: dict) -> str:
    sheets = [
        f'<section class="sheet cover"><img src="{picture("hero")}" alt=""><div class="words"><h1>{text["title"]}</h1><p>{text["subtitle"]}</p></div><p class="maker">{text["maker"]}</p></section>'
    ]
    for number, sheet in enumerate(text["sheets"], start=2):
        body = sheet.replace("{lighting}", picture("article-lighting"))
        sheets.append(
            f'<section class="sheet">{body}<div class="foot"><span>{text["maker"]} | {text["title"]}</span><span>{number}</span></div></section>'
        )
    words = re.sub(r"<[^>]*>", "", "".join(sheets))
    faces = font_face(words, weight=400, file="NotoSansCJK-Regular.ttc")
    faces += font_face(words, weight=700, file="NotoSansCJK-Bold.ttc")
    return f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{text["title"]}</title><style>{faces}{STYLE}</style></head><body>{"".join(sheets)}</body></html>'


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for language, text in (("ja", JA), ("en", EN)):
            page.set_content(html(language, text))
            page.evaluate("document.fonts.ready")
            target = HERE / f"guide-{language}.pdf"
            page.pdf(path=target, format="A4", print_background=True, prefer_css_page_size=True)
            print(target.name, target.stat().st_size // 1024, "kB")
        browser.close()


if __name__ == "__main__":
    main()
