"""What a marketer does with a list from an exhibition: a workbook with errors comes in, is corrected, and people who are in
it twice become one and two again. Real Chromium, real worker."""

import csv
import io

import openpyxl
import pytest

from tests.journeys.demo import CHROMIUM
from tests.journeys.test_main_job import chromium, demo, editor  # noqa: F401  (fixtures: a demo of our own)

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
HEADINGS = ("会社名", "氏名", "役職", "メールアドレス", "電話番号", "郵便番号", "メール配信希望")
ROWS = (
    ("株式会社見本製作所", "山田 太郎", "課長", "taro@mihon.example", 335014321, 1000001, "○"),
    ("(株)見本製作所", "山田太郎", "部長", "t.yamada@mihon.example", None, None, "○"),
    ("㈱見本製作所", "山田　太郎", None, "yamada@mihon.example", "０３－３５０１－４３２２", None, "×"),
    ("みどり商会", "緑川 花子", "主任", "hanako at midori.example", None, None, "○"),
    ("<b>太字</b>", "<img src=x onerror=alert(1)>", "=1+1", "html@futoji.example", None, None, None),
)
FIRST, SECOND, THIRD = "taro@mihon.example", "t.yamada@mihon.example", "yamada@mihon.example"


@pytest.fixture(scope="module")
def screen(editor, demo):  # noqa: F811
    """The editor's browser; what went wrong in it is kept in `screen.wrong`."""
    editor.wrong = []
    editor.on("dialog", lambda dialog: (editor.wrong.append(dialog.message), dialog.dismiss()))
    editor.on("pageerror", lambda error: editor.wrong.append(str(error)))
    editor.on("response", lambda answer: editor.wrong.append(answer.url) if answer.status >= 500 else None)
    editor.open = lambda path: editor.goto(f"{demo.url}/admin/leads/{path}")
    return editor


def upload(screen, name: str, data: bytes) -> None:
    screen.open("import/")
    screen.set_input_files("input[type=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    with screen.expect_navigation(url="**/columns/"):
        screen.click("form[enctype] button")


def to_the_check(screen) -> None:
    with screen.expect_navigation(url="**/check/"):
        screen.click("main form:has(select[name^=column-]) button.button:not(.button-secondary)")


def start_and_wait(screen) -> dict[str, int]:
    """Press start; what became of the rows, once the worker is through."""
    screen.click(".lx-start button:not([name])")
    screen.wait_for_selector("#import-progress:not([data-leads-reload]) .lx-counts", timeout=30_000)
    kinds = ("made", "updated", "unchanged", "skipped", "bad")
    return {kind: int(screen.inner_text(f"#import-progress .lx-counts__{kind} strong")) for kind in kinds}


def lead_by(screen, address: str) -> str:
    """The page of the lead whose address this is, as text; '' when no lead has it."""
    screen.open(f"?q={address}")
    links = screen.locator("main td.title a").filter(has_text="山田")
    for path in [link.get_attribute("href") for link in links.all()]:
        screen.goto(f"{screen.url.partition('/admin/')[0]}{path}")
        text = screen.inner_text("main")
        if address in text.split():
            return text
    return ""


def listed(screen) -> set[str]:
    """Which of the three people the list of leads finds."""
    return {address for address in (FIRST, SECOND, THIRD) if lead_by(screen, address)}


def test_1_a_workbook_with_errors_comes_in(screen):
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in (("展示会2026 来場者名簿",), HEADINGS, *ROWS):
        book.active.append(row)
    book.save(data)
    upload(screen, "来場者.xlsx", data.getvalue())
    chosen = screen.eval_on_selector_all("select[name^=column-]", "all => all.map(one => one.value)")
    assert chosen == ["company_name", "name", "job_title", "email", "phone", "postal_code", "may_mail"]
    to_the_check(screen)
    text = screen.inner_text("main")
    assert "hanako at midori.example" in text and "<img src=x onerror=alert(1)>" in text
    screen.click(".lx-start button:not([name])")
    assert screen.locator("input[name=basis]:invalid").count(), "without a reason to write nothing starts"
    screen.check("input[name=basis][value=business_card]")
    screen.fill("input[name=basis_detail]", "展示会 2026-11-05")
    screen.fill("input[name=new_name]", "展示会2026")
    assert start_and_wait(screen) == {"made": 4, "updated": 0, "unchanged": 0, "skipped": 0, "bad": 1}
    assert screen.wrong == []


def test_2_the_row_that_was_handed_back_is_corrected_and_imported_again(screen):
    with screen.expect_download() as waiting:
        screen.click("a[href$='to-correct/']")
    rows = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    assert tuple(rows[0][:7]) == HEADINGS and len(rows) == 2 and rows[1][1] == "緑川 花子" and rows[1][7]
    rows[1][3] = "hanako@midori.example"
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    upload(screen, "修正済み.csv", text.getvalue().encode("cp932"))
    to_the_check(screen)
    screen.check("input[name=basis][value=business_card]")
    screen.fill("input[name=basis_detail]", "展示会 2026-11-05")
    assert start_and_wait(screen) == {"made": 1, "updated": 0, "unchanged": 0, "skipped": 0, "bad": 0}
    screen.click("#import-progress a[href*='?file=']")
    screen.wait_for_load_state("load")
    assert "緑川 花子" in screen.inner_text("main") and "山田" not in screen.inner_text("main table")


def merge_with(screen, loser: str) -> None:
    """The pair of FIRST and this one: FIRST stays, with the other's job title where they differ."""
    screen.open("duplicates/")
    pair = screen.locator("main a[href*='/duplicates/']").locator("xpath=ancestor::*[self::section or self::li][1]")
    pair = pair.filter(has_text=FIRST).filter(has_text=loser).first
    pair.locator("a[href*='/duplicates/']").first.click()
    screen.wait_for_load_state("load")
    side = "first" if FIRST in screen.inner_text("thead th:nth-of-type(1)").split() else "second"
    screen.check(f"input[name=keep][value={side}]")
    other = screen.locator(f"input[name=take-job_title][value={'second' if side == 'first' else 'first'}]")
    if other.count():
        other.check()
    screen.click("main form:has(input[name=keep]) button.button")
    screen.wait_for_url("**/admin/leads/**")


def take_back(screen, loser: str) -> None:
    screen.open("duplicates/merged/")
    screen.locator("li[id^=merge-]").filter(has_text=loser).locator("button").click()
    screen.wait_for_load_state("load")


def test_3_three_leads_become_one_person(screen):
    assert listed(screen) == {FIRST, SECOND, THIRD}
    merge_with(screen, SECOND)
    merge_with(screen, THIRD)
    assert listed(screen) == {FIRST}
    text = lead_by(screen, FIRST)
    assert "部長" in text and "課長" not in text.split("部長")[0], "the title that was chosen"


def test_4_and_three_again_in_the_order_in_which_they_were_merged(screen):
    take_back(screen, SECOND)
    assert listed(screen) == {FIRST, SECOND}
    take_back(screen, THIRD)
    assert listed(screen) == {FIRST, SECOND, THIRD}
    assert "部長" in lead_by(screen, SECOND)
    assert "課長" in lead_by(screen, FIRST)
    assert screen.wrong == []
