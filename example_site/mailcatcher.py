"""Catches the mail that the demo sends, and shows it: an SMTP server, a folder of .eml files, and a small website.

Nothing here trusts a mail: all text is escaped, and an HTML part is shown in a sandboxed frame that may run no script
and load nothing from outside.
"""

import html
import itertools
import os
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
NAME = re.compile(r"\d{13,20}-\d{1,9}-\d{1,6}")
#: A list page reads every mail it shows.
LIST_LENGTH = 200
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://127.0.0.1:* http://localhost:*"
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"


class MailFolder:
    """The caught mails, one file each, named by the time they came in."""

    def __init__(self, path: Path):
        self.path = path
        self._counter = itertools.count()
        path.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes, *, sender: str, recipients: Iterable[str]) -> str:
        """Write one mail under a name that sorts by time; written aside first, so that no reader sees a half."""
        name = f"{time.time_ns() // 1000:016d}-{os.getpid()}-{next(self._counter)}"
        envelope = f"X-Envelope-From: {one_line(sender)}\r\nX-Envelope-To: {one_line(', '.join(recipients))}\r\n"
        draft = self.path / f"{name}.part"
        draft.write_bytes(envelope.encode("utf-8", "replace") + content)
        draft.rename(self.path / f"{name}.eml")
        return name

    def names(self) -> list[str]:
        """Newest first."""
        return sorted((path.stem for path in self.path.glob("*.eml")), reverse=True)

    def raw(self, name: str) -> bytes | None:
        """The mail as it came; None for a name that is not one of ours."""
        if not NAME.fullmatch(name):
            return None
        try:
            return (self.path / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None

    def clear(self) -> None:
        for path in self.path.glob("*.eml"):
            path.unlink(missing_ok=True)


def one_line(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text or "")


class Handler:
    def __init__(self, folder: MailFolder):
        self.folder = folder

    async def handle_DATA(self, server, session, envelope):
        self.folder.put(envelope.original_content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        return "250 Kept"


def start_smtp(folder: MailFolder, port: int) -> Controller:
    controller = Controller(Handler(folder), hostname=HOST, port=port, data_size_limit=50 * 2**20, enable_SMTPUTF8=True)
    controller.start()
    return controller


# Reading


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail, taken apart for reading."""

    name: str
    message: EmailMessage

    def header(self, name: str) -> str:
        """A header, decoded; as it stands where it cannot be parsed."""
        try:
            return str(self.message.get(name, ""))
        except Exception:
            # The modern header parser of the standard library raises on some malformed addresses.
            return next((str(value) for key, value in self.message.raw_items() if key.lower() == name.lower()), "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(key, self.header(key)) for key in dict.fromkeys(self.message.keys())]

    @property
    def date(self) -> str:
        try:
            sent_at = parsedate_to_datetime(self.header("Date"))
            # "-0000", which Python writes for UTC, is read as a time without a zone.
            sent_at = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=timezone.utc)
            return sent_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, TypeError):
            return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(self.name.split("-")[0]) / 1_000_000))

    def body(self, kind: str) -> str:
        """The first part of that kind (``plain`` or ``html``); empty when there is none."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
                return decoded(part)
        return ""

    @property
    def attachments(self) -> list[EmailMessage]:
        return [part for part in self.message.walk() if part.get_filename()]


def decoded(part: EmailMessage) -> str:
    data = part.get_payload(decode=True) or b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "iso-2022-jp", "cp932"):
        try:
            return data.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def read_letter(folder: MailFolder, name: str) -> Letter | None:
    raw = folder.raw(name)
    if raw is None:
        return None
    return Letter(name=name, message=message_from_bytes(raw, policy=policy.default))


# Showing


def show_list(folder: MailFolder, *, smtp_port: int) -> str:
    names = folder.names()
    letters = [read_letter(folder, name) for name in names[:LIST_LENGTH]]
    rows = "".join(
        f'<li><a href="/mail/{letter.name}"><strong>{escape(letter.header("Subject")) or "(no subject)"}</strong>'
        f"<span>{escape(letter.header('To') or letter.header('X-Envelope-To'))}</span>"
        f"<time>{escape(letter.date)}</time></a></li>"
        for letter in letters
        if letter
    )
    empty = (
        '<p class="empty">まだメールはありません。サイトのフォームを送信すると、ここに届きます。<br>'
        '<span lang="en">No mail yet. Send one of the site\'s forms, and it arrives here.</span></p>'
    )
    clear = '<form method="post" action="/clear"><button class="quiet">すべて削除 / Delete all</button></form>'
    tools = f'<a class="button" href="/">更新 / Refresh</a>{clear if names else ""}'
    head = f'<header><h1>メール / Mail <small>{len(names)}</small></h1><div class="tools">{tools}</div></header>'
    foot = f"<footer>SMTP 127.0.0.1:{smtp_port} — 5秒ごとに更新します / refreshes every 5 seconds</footer>"
    return page(
        "メール / Mail", f"{head}<main>{f'<ol class=letters>{rows}</ol>' if rows else empty}</main>{foot}", refresh=5
    )


def show_letter(letter: Letter) -> str:
    name, html_part, text_part = letter.name, letter.body("html"), letter.body("plain")
    subject = escape(letter.header("Subject")) or "(no subject)"
    facts = "".join(
        f"<div><dt>{label}</dt><dd>{escape(letter.header(header)) or '—'}</dd></div>"
        for label, header in (("差出人 / From", "From"), ("宛先 / To", "To"), ("返信先 / Reply-To", "Reply-To"))
        if header != "Reply-To" or letter.header("Reply-To")
    )
    facts += f"<div><dt>日時 / Date</dt><dd>{escape(letter.date)}</dd></div>"
    files = "".join(
        f'<li><a href="/mail/{name}/part/{number}">{escape(part.get_filename() or "")}</a> '
        f"({len(part.get_payload(decode=True) or b'') // 1024 + 1} kB)</li>"
        for number, part in enumerate(letter.attachments)
    )
    # The sandbox has no allow-scripts; links open in a window of their own, as in a mail program.
    frame = (
        f'<iframe title="HTML" src="/mail/{name}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    text_link = re.sub(r"(https?://[^\s<>&\"']+(?:&amp;[^\s<>&\"']+)*)", r'<a href="\1">\1</a>', escape(text_part))
    headers = "".join(
        f"<tr><th scope=row>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in letter.headers
    )
    parts = [f'<header><a class="back" href="/">← メール / Mail</a></header><main><h1>{subject}</h1><dl>{facts}</dl>']
    if files:
        parts.append(f"<section><h2>添付 / Attachments</h2><ul>{files}</ul></section>")
    if html_part:
        parts.append(f"<section><h2>HTML</h2>{frame}</section>")
    opened = "" if html_part else " open"
    parts.append(f"<details{opened}><summary>テキスト / Text</summary><pre>{text_link or '—'}</pre></details>")
    parts.append(
        f"<details><summary>ヘッダー / Headers</summary><table>{headers}</table></details>"
        f'<p><a href="/mail/{name}/raw">ソース / Raw source</a></p></main>'
    )
    return page(subject, "".join(parts))


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def page(title: str, body: str, *, refresh: int = 0) -> str:
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return (
        '<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f'<title>{title}</title><link rel="stylesheet" href="/style.css"></head><body>{body}</body></html>'
    )


STYLE = """
:root { color-scheme: light dark; --ink: #14232b; --soft: #4a5c66; --line: #d9e2e5; --page: #f2f7f7; --panel: #fff;
  --brand: #0b6870; --on-brand: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e8f0f2; --soft: #a9bac2; --line: #2a3b44; --page: #0f1a20;
  --panel: #182a33; --brand: #5fc6cd; --on-brand: #06262a } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 3rem; background: var(--page);
  color: var(--ink); line-height: 1.65; overflow-wrap: anywhere;
  font-family: system-ui, "Hiragino Sans", "Yu Gothic UI", Meiryo, "Noto Sans CJK JP", sans-serif }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .75rem;
  margin-bottom: 1rem }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.4 } h1 small { color: var(--soft); font-weight: 400 }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; color: var(--soft) }
a { color: var(--brand) } .tools { display: flex; gap: .6rem } form { margin: 0 }
.button, button { display: inline-block; padding: .45rem 1rem; border: 1px solid var(--brand); border-radius: 99px;
  background: var(--brand); color: var(--on-brand); font: inherit; font-size: .9rem; text-decoration: none;
  cursor: pointer }
.quiet { border-color: var(--line); background: var(--panel); color: var(--ink) }
.letters { margin: 0; padding: 0; list-style: none; overflow: hidden; border: 1px solid var(--line);
  border-radius: 12px; background: var(--panel) }
.letters li + li { border-top: 1px solid var(--line) }
.letters a { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: .8rem 1.1rem; color: inherit;
  text-decoration: none }
.letters a:hover { background: var(--page) } .letters strong { grid-column: 1 / -1 }
.letters span, .letters time { color: var(--soft); font-size: .88rem }
.empty { padding: 3rem 1rem; border: 1px dashed var(--line); border-radius: 12px; color: var(--soft);
  text-align: center }
main > h1 { margin-bottom: 1rem }
dl { margin: 0; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel) }
dl div { display: grid; grid-template-columns: 9rem 1fr; gap: .5rem } dt { color: var(--soft) } dd { margin: 0 }
iframe { display: block; width: 100%; height: 42rem; border: 1px solid var(--line); border-radius: 12px;
  background: #fff }
details { margin-top: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel) }
summary { padding: .8rem 1.1rem; font-weight: 600; cursor: pointer }
pre { margin: 0; padding: 0 1.1rem 1.1rem; white-space: pre-wrap; font: inherit }
table { width: 100%; border-collapse: collapse; font-size: .88rem }
th, td { padding: .35rem 1.1rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top }
th { width: 14rem; color: var(--soft); font-weight: 600 } footer { margin-top: 1rem; color: var(--soft);
  font-size: .85rem }
:focus-visible { outline: 3px solid #d9730d; outline-offset: 2px }
@media (max-width: 40rem) { dl div { grid-template-columns: 1fr; gap: 0 } th { width: 8rem } }
"""


class Pages(BaseHTTPRequestHandler):
    folder: MailFolder
    smtp_port: int
    server_version = "mailcatch"
    sys_version = ""
    timeout = 30

    def do_GET(self):
        if not self.is_local():
            return self.answer(HTTPStatus.FORBIDDEN, "text/plain", "Only from this machine.")
        parts = [part for part in urlsplit(self.path).path.split("/") if part]
        if not parts:
            return self.answer(HTTPStatus.OK, "text/html", show_list(self.folder, smtp_port=self.smtp_port))
        if parts == ["style.css"]:
            return self.answer(HTTPStatus.OK, "text/css", STYLE)
        letter = read_letter(self.folder, parts[1]) if parts[0] == "mail" and len(parts) > 1 else None
        if letter is None:
            return self.answer(HTTPStatus.NOT_FOUND, "text/plain", "There is no such mail.")
        return self.answer_letter(letter, parts[2:])

    do_HEAD = do_GET

    def answer_letter(self, letter: Letter, rest: list[str]):
        if not rest:
            return self.answer(HTTPStatus.OK, "text/html", show_letter(letter))
        if rest == ["html"]:
            # Every link of a mail leaves the frame.
            body = f'<base target="_blank">{letter.body("html")}'
            return self.answer(
                HTTPStatus.OK,
                "text/html",
                body,
                policy=f"{FRAME_POLICY}; sandbox allow-popups allow-popups-to-escape-sandbox",
            )
        if rest == ["raw"]:
            return self.answer(HTTPStatus.OK, "text/plain", self.folder.raw(letter.name) or b"")
        if len(rest) == 2 and rest[0] == "part" and rest[1].isascii() and rest[1].isdigit():
            part = dict(enumerate(letter.attachments)).get(int(rest[1][:6]))
            if part is not None:
                name = quote(part.get_filename() or "attachment", safe="")
                disposition = f"attachment; filename*=UTF-8''{name}"
                data = part.get_payload(decode=True) or b""
                return self.answer(HTTPStatus.OK, "application/octet-stream", data, disposition=disposition)
        return self.answer(HTTPStatus.NOT_FOUND, "text/plain", "There is no such part.")

    def do_POST(self):
        # Another site's page could post here blindly; it cannot set Sec-Fetch-Site.
        if not self.is_local() or self.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return self.answer(HTTPStatus.FORBIDDEN, "text/plain", "Only from this page.")
        if urlsplit(self.path).path != "/clear":
            return self.answer(HTTPStatus.NOT_FOUND, "text/plain", "Nothing to do here.")
        self.folder.clear()
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def is_local(self) -> bool:
        """A foreign name that resolves to 127.0.0.1 must not be able to read the mail (DNS rebinding)."""
        return (self.headers.get("Host") or HOST).rsplit(":", 1)[0] in {HOST, "localhost"}

    def answer(self, status, kind: str, body: str | bytes, *, policy: str = PAGE_POLICY, disposition: str = ""):
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        self.send_response(status)
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        self.send_header("Content-Type", f"{kind}{charset}")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *args):
        """A page that refreshes itself would fill the log."""


def start_pages(folder: MailFolder, port: int, *, smtp_port: int) -> ThreadingHTTPServer:
    handler = type("FolderPages", (Pages,), {"folder": folder, "smtp_port": smtp_port})
    server = ThreadingHTTPServer((HOST, port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="mail-pages", daemon=True).start()
    return server
