"""Draws the site's pictures as SVG and saves them as PNG; run by hand, the result is committed.

    .venv/bin/python example_site/seed_assets/make_images.py

Needs playwright and a Chromium, which the demo itself does not.
"""
# ruff: noqa: E501

import io
import math
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 1600, 1000
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

DEFS = """
<linearGradient id="night" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#0f4a52"/><stop offset="1" stop-color="#0a2028"/></linearGradient>
<linearGradient id="mist" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#dcefee"/><stop offset="1" stop-color="#a9d2d3"/></linearGradient>
<linearGradient id="sand" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fdf0df"/><stop offset="1" stop-color="#f3cfa2"/></linearGradient>
<linearGradient id="steel" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f4f8f9"/><stop offset=".55" stop-color="#c9d7db"/><stop offset="1" stop-color="#93a8af"/></linearGradient>
<linearGradient id="dark" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#36505a"/><stop offset="1" stop-color="#172b33"/></linearGradient>
<linearGradient id="beam" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#ffd9a3" stop-opacity=".85"/><stop offset="1" stop-color="#ffb25c" stop-opacity=".05"/></linearGradient>
<linearGradient id="teal" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#1792a0"/><stop offset="1" stop-color="#0b5f66"/></linearGradient>
<radialGradient id="lens"><stop offset="0" stop-color="#9fe6ea"/><stop offset=".35" stop-color="#1792a0"/><stop offset=".8" stop-color="#06303a"/><stop offset="1" stop-color="#041d24"/></radialGradient>
<radialGradient id="glow"><stop offset="0" stop-color="#ffcf8c" stop-opacity=".9"/><stop offset="1" stop-color="#ffcf8c" stop-opacity="0"/></radialGradient>
<radialGradient id="tunnel"><stop offset="0" stop-color="#04151a"/><stop offset=".3" stop-color="#123a42"/><stop offset="1" stop-color="#5f8f95"/></radialGradient>
"""


def rect(x, y, w, h, fill, r=0, extra=""):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}" {extra}/>'


def circle(x, y, r, fill, extra=""):
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}" {extra}/>'


def path(d, fill="none", extra=""):
    return f'<path d="{d}" fill="{fill}" {extra}/>'


def backdrop(fill, dots="#ffffff"):
    grid = "".join(circle(x, y, 2, dots, 'opacity=".12"') for x in range(40, WIDTH, 80) for y in range(40, HEIGHT, 80))
    return rect(0, 0, WIDTH, HEIGHT, f"url(#{fill})") + grid


def lens(x, y, r):
    return (
        circle(x, y, r * 1.32, "#172b33")
        + circle(x, y, r * 1.2, "none", f'stroke="#56717b" stroke-width="{r * 0.06}"')
        + circle(x, y, r, "url(#lens)")
        + f'<ellipse cx="{x - r * 0.32}" cy="{y - r * 0.38}" rx="{r * 0.26}" ry="{r * 0.15}" fill="#ffffff" opacity=".7" transform="rotate(-35 {x - r * 0.32} {y - r * 0.38})"/>'
        + circle(x + r * 0.36, y + r * 0.38, r * 0.1, "#ffb25c", 'opacity=".85"')
    )


def led_ring(x, y, r, count=12):
    ring = circle(x, y, r, "none", f'stroke="#22404a" stroke-width="{r * 0.26}"')
    for i in range(count):
        a = 2 * math.pi * i / count
        cx, cy = x + r * math.cos(a), y + r * math.sin(a)
        ring += circle(cx, cy, r * 0.2, "url(#glow)") + circle(cx, cy, r * 0.075, "#fff0d8")
    return ring


def camera_body(x, y, scale=1.0):
    """The NL-200 seen from the front: a column with a lens in a ring of light, looking down."""
    return (
        f'<g transform="translate({x} {y}) scale({scale})">'
        + rect(-34, -300, 68, 150, "url(#dark)", 10)
        + rect(-130, -180, 260, 330, "url(#steel)", 26)
        + rect(-130, -180, 260, 72, "#0b7078", 26)
        + rect(-130, -134, 260, 26, "#0b7078")
        + '<text x="-102" y="-131" font-family="Helvetica, Arial, sans-serif" font-size="34" font-weight="700" fill="#fff" letter-spacing="3">NL-200</text>'
        + circle(98, -144, 9, "#7be3a4")
        + rect(-96, -74, 192, 10, "#9fb2b9", 5)
        + rect(-96, -50, 192, 10, "#9fb2b9", 5)
        + rect(-96, -26, 192, 10, "#9fb2b9", 5)
        + rect(-150, 130, 300, 60, "url(#dark)", 16)
        + "".join(circle(-120 + 40 * i, 190, 10, "#ffe3b8") for i in range(7))
        + "</g>"
    )


def conveyor(y, items=""):
    rollers = "".join(
        circle(x, y + 58, 30, "#22404a") + circle(x, y + 58, 12, "#56717b") for x in range(-20, WIDTH + 60, 110)
    )
    return rect(-20, y, WIDTH + 40, 30, "#2d4954") + rollers + rect(-20, y + 88, WIDTH + 40, 22, "#142a32") + items


def bottle(x, y, fill="#ffffff", mark=""):
    return (
        f'<g transform="translate({x} {y})">'
        + rect(-22, -190, 44, 34, "#0b7078", 6)
        + path(
            "M-20 -158 L20 -158 L20 -136 Q58 -122 58 -84 L58 -12 Q58 0 46 0 L-46 0 Q-58 0 -58 -12 L-58 -84 Q-58 -122 -20 -136 Z",
            fill,
        )
        + rect(-58, -92, 116, 58, "#d5eced")
        + rect(-40, -78, 80, 9, "#0b7078", 4)
        + rect(-40, -60, 52, 9, "#86b9bd", 4)
        + mark
        + "</g>"
    )


def hero():
    beam = path("M690 640 L910 640 L1010 800 L590 800 Z", "url(#beam)")
    items = "".join(bottle(x, 800) for x in (110, 330, 560))
    good = '<g><circle cx="0" cy="-240" r="30" fill="#2e9f6b"/><path d="M-13 -240 L-3 -229 L15 -252" stroke="#fff" stroke-width="7" fill="none" stroke-linecap="round" stroke-linejoin="round"/></g>'
    bad = '<path d="M38 -122 l20 10 l-8 14 z" fill="#e2572b"/><g><circle cx="0" cy="-240" r="30" fill="#d9481f"/><path d="M-11 -251 L11 -229 M11 -251 L-11 -229" stroke="#fff" stroke-width="7" stroke-linecap="round"/></g><rect x="-76" y="-204" width="152" height="214" rx="12" fill="none" stroke="#ffb25c" stroke-width="6" stroke-dasharray="26 16"/>'
    items += (
        bottle(800, 800)
        + bottle(1040, 800, mark=good)
        + bottle(1270, 800, "#fdf3ee", bad)
        + bottle(1490, 800, mark=good)
    )
    screen = (
        rect(1130, 130, 380, 250, "#0a2028", 18, 'stroke="#56717b" stroke-width="6"')
        + "".join(
            rect(1168 + 46 * i, 330 - h, 28, h, c, 4)
            for i, (h, c) in enumerate(
                [
                    (70, "#5fc6cd"),
                    (96, "#5fc6cd"),
                    (82, "#5fc6cd"),
                    (128, "#5fc6cd"),
                    (40, "#ffb25c"),
                    (118, "#5fc6cd"),
                    (136, "#5fc6cd"),
                ]
            )
        )
        + rect(1168, 166, 150, 12, "#86b9bd", 6)
    )
    wall = "".join(rect(x, 70, 150, 220, "#1c5a63", 8, 'opacity=".45"') for x in (90, 270, 450))
    return (
        backdrop("night")
        + wall
        + screen
        + rect(480, 70, 640, 34, "#22404a", 10)
        + camera_body(800, 430, 1.1)
        + beam
        + conveyor(800, items)
    )


def nl200():
    return (
        backdrop("mist")
        + '<ellipse cx="800" cy="900" rx="460" ry="46" fill="#0b5f66" opacity=".18"/>'
        + rect(420, 130, 760, 740, "url(#steel)", 70)
        + rect(420, 130, 760, 150, "url(#teal)", 70)
        + rect(420, 220, 760, 60, "url(#teal)")
        + '<text x="490" y="232" font-family="Helvetica, Arial, sans-serif" font-size="72" font-weight="700" fill="#fff" letter-spacing="6">NL-200</text>'
        + circle(1090, 205, 20, "#7be3a4")
        + circle(800, 570, 250, "#22404a")
        + led_ring(800, 570, 205)
        + lens(800, 570, 112)
        + "".join(circle(x, y, 15, "#7d949c") for x in (470, 1130) for y in (330, 820))
        + "".join(rect(1180, y, 44, 60, "#22404a", 8) for y in (380, 480, 580))
        + path("M1224 410 C1340 410 1320 640 1600 620", "none", 'stroke="#22404a" stroke-width="22"')
        + path("M1224 510 C1310 510 1310 740 1600 730", "none", 'stroke="#0b7078" stroke-width="22"')
    )


def np50():
    rings = "".join(
        circle(800, 470, r, "none", f'stroke="#0a2028" stroke-width="{3 + r / 120}" opacity=".35"')
        for r in (150, 230, 340, 480, 640, 830)
    )
    crack = path(
        "M1240 210 l38 40 l-14 42 l46 34 l-8 48 l40 30",
        "none",
        'stroke="#04151a" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"',
    )
    target = rect(1196, 176, 200, 250, "none", 14, 'stroke="#ffb25c" stroke-width="7" stroke-dasharray="34 20"')
    tag = (
        rect(1196, 106, 200, 52, "#ffb25c", 10)
        + '<text x="1216" y="143" font-family="Helvetica, Arial, sans-serif" font-size="32" font-weight="700" fill="#0a2028">38.5 m</text>'
    )
    wheels = "".join(
        circle(x, 850, 84, "#142a32") + circle(x, 850, 52, "#36505a") + circle(x, 850, 18, "#c9d7db")
        for x in (560, 1010)
    )
    body = (
        rect(480, 640, 620, 190, "url(#steel)", 60)
        + rect(480, 700, 620, 50, "#0b7078")
        + '<text x="610" y="740" font-family="Helvetica, Arial, sans-serif" font-size="42" font-weight="700" fill="#fff" letter-spacing="4">NP-50</text>'
        + path("M480 730 C330 730 300 900 0 880", "none", 'stroke="#ffb25c" stroke-width="24"')
        + rect(900, 540, 56, 120, "url(#dark)", 12)
        + circle(928, 470, 130, "url(#dark)")
    )
    beam = path("M960 430 L1500 40 L1600 520 Z", "#ffe0b0", 'opacity=".28"')
    return (
        rect(0, 0, WIDTH, HEIGHT, "#5f8f95")
        + circle(800, 470, 900, "url(#tunnel)")
        + rings
        + beam
        + crack
        + target
        + tag
        + body
        + led_ring(928, 470, 92, 8)
        + lens(928, 470, 50)
        + wheels
    )


def case_packaging():
    pouch = lambda x, ok: (  # noqa: E731
        rect(x, 560, 220, 300, "#ffffff", 18)
        + rect(x, 560, 220, 40, "#d5eced", 18)
        + circle(x + 110, 690, 58, "#f3cfa2")
        + path(f"M{x + 74} 690 q36 -60 72 0 q-36 50 -72 0", "#e08a3c")
        + (
            f'<text x="{x + 30}" y="826" font-family="Courier New, monospace" font-size="30" font-weight="700" fill="#14232b">27.03.15 A</text>'
            if ok
            else f'<text x="{x + 30}" y="826" font-family="Courier New, monospace" font-size="30" font-weight="700" fill="#14232b">27.0<tspan fill="#d6dde0">3.1</tspan>5 A</text>'
            + rect(x + 16, 790, 188, 54, "none", 8, 'stroke="#d9481f" stroke-width="6"')
        )
    )
    rolls = (
        circle(150, 300, 190, "#ffffff")
        + circle(150, 300, 120, "#e6eff0")
        + circle(150, 300, 46, "#22404a")
        + path("M150 110 L1600 110", "none", 'stroke="#ffffff" stroke-width="26" opacity=".85"')
    )
    return (
        backdrop("sand", "#b4530a")
        + rolls
        + path("M700 520 L900 520 L1010 860 L590 860 Z", "url(#beam)")
        + "".join(pouch(x, x != 690) for x in (-30, 210, 450, 690, 930, 1170, 1410))
        + rect(-20, 866, WIDTH + 40, 34, "#22404a")
        + "".join(circle(x, 930, 26, "#36505a") for x in range(20, WIDTH, 110))
        + camera_body(800, 330, 1.0)
    )


def case_waterworks():
    pipe = lambda d, w, c: path(d, "none", f'stroke="{c}" stroke-width="{w}" stroke-linejoin="round"')  # noqa: E731
    d1 = "M-40 700 H520 Q600 700 600 620 V420 Q600 340 680 340 H1700"
    d2 = "M-40 860 H980 Q1060 860 1060 780 V640 Q1060 560 1140 560 H1700"
    flanges = "".join(
        rect(x, y, 26, 150, "#36505a", 6)
        for x, y in ((180, 625), (420, 625), (860, 265), (1180, 265), (1420, 265), (420, 785), (760, 785), (1300, 485))
    )
    tank = (
        rect(90, 200, 320, 330, "url(#steel)", 30)
        + "<ellipse cx='250' cy='205' rx='160' ry='46' fill='#f4f8f9'/>"
        + rect(90, 330, 320, 60, "#0b7078")
    )
    pins = "".join(
        circle(x, y, 30, "#ffb25c") + circle(x, y, 12, "#0a2028")
        for x, y in ((760, 340), (600, 520), (1250, 560), (620, 860))
    )
    return (
        backdrop("night")
        + tank
        + pipe(d1, 130, "#7fa3a9")
        + pipe(d1, 96, "#a9c6ca")
        + pipe(d1, 26, "#d5eced")
        + pipe(d2, 130, "#4e7b83")
        + pipe(d2, 96, "#6b99a0")
        + pipe(d2, 26, "#9dc3c8")
        + flanges
        + pins
    )


def article_start():
    steps = "".join(
        rect(180 + 260 * i, 780 - 130 * i, 240, 140 + 130 * i, c, 16)
        for i, c in enumerate(("#0b7078", "#2b8a90", "#5aa9ad", "#93c9cb", "#c4e3e3"))
    )
    flag = rect(1330, 40, 14, 220, "#22404a", 6) + path("M1344 48 L1500 96 L1344 146 Z", "#e08a3c")
    marker = circle(300, 690, 62, "#ffb25c") + path(
        "M272 690 l20 22 l38 -44",
        "none",
        'stroke="#fff" stroke-width="16" stroke-linecap="round" stroke-linejoin="round"',
    )
    return backdrop("mist", "#0b7078") + steps + flag + marker


def article_lighting():
    cone = "".join(
        f'<g transform="rotate({a} 800 700)">'
        + path("M800 700 L690 190 L910 190 Z", "#ffd9a3", f'opacity="{o}"')
        + rect(680, 120, 240, 84, "url(#dark)", 20)
        + rect(700, 190, 200, 18, "#fff0d8", 8)
        + "</g>"
        for a, o in ((-58, 0.28), (0, 0.42), (58, 0.28))
    )
    return (
        backdrop("night")
        + cone
        + rect(380, 700, 840, 70, "url(#steel)", 14)
        + path("M700 700 l30 26 l26 -26 l34 34 l36 -34", "#0a2028")
        + circle(760, 706, 90, "url(#glow)")
        + rect(300, 770, 1000, 26, "#22404a", 10)
    )


def article_false_alarms():
    cells = ""
    for row in range(7):
        for col in range(12):
            x, y = 170 + 110 * col, 130 + 110 * row
            bad, false_alarm = (row, col) in {(2, 3), (5, 9)}, (row, col) in {(1, 8), (4, 5), (6, 1)}
            fill = "#d9481f" if bad else "#ffb25c" if false_alarm else "#8cc4c7"
            cells += rect(x, y, 84, 84, fill, 20)
            if bad:
                cells += path(
                    f"M{x + 26} {y + 26} l32 32 M{x + 58} {y + 26} l-32 32",
                    "none",
                    'stroke="#fff" stroke-width="10" stroke-linecap="round"',
                )
            if false_alarm:
                cells += f'<text x="{x + 42}" y="{y + 62}" text-anchor="middle" font-family="Helvetica, Arial, sans-serif" font-size="56" font-weight="700" fill="#6b3405">?</text>'
    return backdrop("mist", "#0b7078") + cells


def article_pipe_records():
    rows = "".join(
        rect(270, 330 + 130 * i, 250, 100, "#d5eced", 12)
        + path(
            f"M{320 + 12 * i} {345 + 130 * i} l22 24 l-10 20 l28 {18 + 8 * i}",
            "none",
            'stroke="#14232b" stroke-width="8" stroke-linecap="round"',
        )
        + rect(560, 346 + 130 * i, 380 - 70 * i, 18, "#86b9bd", 9)
        + rect(560, 384 + 130 * i, 240, 18, "#c9d7db", 9)
        for i in range(4)
    )
    ruler = rect(1130, 120, 240, 780, "#ffb25c", 18) + "".join(
        rect(1130, 170 + 60 * i, 120 if i % 2 == 0 else 70, 8, "#6b3405") for i in range(12)
    )
    return (
        backdrop("night")
        + rect(200, 120, 800, 780, "#ffffff", 26)
        + rect(260, 190, 420, 34, "#0b7078", 12)
        + rect(260, 250, 240, 18, "#86b9bd", 9)
        + rows
        + ruler
    )


def article_approval():
    sheet = rect(250, 130, 1100, 740, "#ffffff", 26)
    columns = "".join(
        rect(320 + 330 * i, 240, 290, 360, c, 18) for i, c in enumerate(("#e6eff0", "#d5eced", "#fdf0df"))
    )
    bars = "".join(rect(360 + 80 * i, 540 - h, 52, h, "#86a3ab", 8) for i, h in enumerate((210, 150, 230)))
    bars += "".join(rect(1020 + 80 * i, 540 - h, 52, h, "#e08a3c", 8) for i, h in enumerate((60, 40, 90)))
    arrow = path(
        "M700 420 h150 m-60 -60 l64 60 l-64 60",
        "none",
        'stroke="#0b7078" stroke-width="28" stroke-linecap="round" stroke-linejoin="round"',
    )
    stamp = circle(1220, 740, 100, "none", 'stroke="#d9481f" stroke-width="14"') + path(
        "M1170 742 l36 40 l66 -80",
        "none",
        'stroke="#d9481f" stroke-width="20" stroke-linecap="round" stroke-linejoin="round"',
    )
    return (
        backdrop("sand", "#b4530a")
        + sheet
        + rect(320, 176, 420, 30, "#0b7078", 10)
        + columns
        + bars
        + arrow
        + rect(320, 660, 640, 22, "#86a3ab", 10)
        + rect(320, 710, 480, 22, "#c9d7db", 10)
        + stamp
    )


def guide():
    page = lambda a, c: f'<g transform="rotate({a} 800 860)">' + rect(520, 110, 560, 760, c, 18) + "</g>"  # noqa: E731
    cover = (
        rect(520, 110, 560, 760, "url(#teal)", 18)
        + rect(520, 110, 34, 760, "#084f56", 12)
        + led_ring(815, 390, 150)
        + lens(815, 390, 82)
        + rect(620, 640, 390, 30, "#ffffff", 8)
        + rect(620, 692, 300, 30, "#ffffff", 8)
        + rect(620, 770, 180, 16, "#9fe6ea", 8)
    )
    return (
        backdrop("mist", "#0b7078")
        + "<ellipse cx='800' cy='890' rx='470' ry='40' fill='#0b5f66' opacity='.2'/>"
        + page(9, "#c9d7db")
        + page(5, "#e6eff0")
        + f'<g transform="rotate(-2 800 860)">{cover}</g>'
    )


def about():
    hills = path("M0 520 L260 300 L470 470 L760 210 L1060 480 L1290 330 L1600 540 V1000 H0 Z", "#4e8b91") + path(
        "M0 600 L340 450 L640 590 L980 430 L1320 600 L1600 500 V1000 H0 Z", "#2b6e76"
    )
    snow = path("M676 286 L760 210 L846 288 L800 300 L762 276 L722 304 Z", "#ffffff")
    lake = rect(0, 760, WIDTH, 240, "#9fd0d4") + "".join(
        rect(x, y, w, 6, "#ffffff", 3, 'opacity=".6"')
        for x, y, w in ((120, 820, 260), (520, 870, 340), (980, 810, 220), (1180, 910, 300), (260, 930, 200))
    )
    hall = (
        rect(560, 560, 720, 200, "#f4f8f9")
        + "".join(path(f"M{560 + 180 * i} 560 V490 L{740 + 180 * i} 560 Z", "#d5e2e5") for i in range(4))
        + "".join(rect(600 + 84 * i, 610, 54, 60, "#0b7078", 4) for i in range(8))
    )
    office = rect(380, 470, 190, 290, "#ffffff") + "".join(
        rect(406 + 52 * i, 500 + 62 * j, 36, 40, "#86b9bd", 3) for i in range(3) for j in range(4)
    )
    mark = (
        circle(475, 430, 34, "#fff")
        + circle(475, 430, 24, "none", 'stroke="#0b7078" stroke-width="9"')
        + circle(475, 430, 10, "#0b7078")
    )
    sun = circle(1290, 190, 190, "url(#glow)") + circle(1290, 190, 74, "#ffd9a3")
    return (
        rect(0, 0, WIDTH, HEIGHT, "url(#mist)")
        + sun
        + hills
        + snow
        + hall
        + office
        + mark
        + rect(0, 752, WIDTH, 14, "#22606a")
        + lake
    )


SCENES = {
    "hero": hero,
    "nl-200": nl200,
    "np-50": np50,
    "case-packaging": case_packaging,
    "case-waterworks": case_waterworks,
    "article-start": article_start,
    "article-lighting": article_lighting,
    "article-false-alarms": article_false_alarms,
    "article-pipe-records": article_pipe_records,
    "article-approval": article_approval,
    "guide": guide,
    "about": about,
}


def main(names):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name in names or SCENES:
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"><defs>{DEFS}</defs>{SCENES[name]()}</svg>'
            page.set_content(f'<body style="margin:0">{svg}</body>')
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            # 256 colours halve the size; dithering hides the steps in the gradients.
            picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(HERE / f"{name}.png", optimize=True)
            print(name, (HERE / f"{name}.png").stat().st_size // 1024, "kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
