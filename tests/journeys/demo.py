"""Starts the demo as a user does – web server, worker, mail catcher – and reads what it did."""

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Demo:
    """The running demo in a folder of its own. A day of a scenario lasts `day` seconds."""

    def __init__(self, folder: Path, *, day: int, **environment):
        self.folder, self.port = folder, free_port()
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "example_site.settings",
            "DATABASE_URL": "",
            "EXAMPLE_VAR": str(folder),
            "PORT": str(self.port),
            "EMAIL_PORT": str(free_port()),
            "MAIL_PAGE_PORT": str(free_port()),
            "LEADS_DAY": str(day),
            **environment,
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "demo.log").open("w")
        command = [sys.executable, str(ROOT / "example_site/manage.py"), "demo"]
        self.process = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def wait(self, seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while "Ctrl-C stops everything" not in (self.folder / "demo.log").read_text():
            assert self.process.poll() is None, (self.folder / "demo.log").read_text()
            assert time.monotonic() < deadline, "the demo did not start"
            time.sleep(0.5)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def mails(self) -> list:
        """Every mail caught so far, oldest first."""
        paths = sorted((self.folder / "mail").glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    def mail(self, to: str, subject: str, *, seconds: float = 90):
        """The mail to an address whose subject holds these words; waits for it."""
        return until(
            lambda: next((m for m in self.mails() if m["To"] == to and subject in str(m["Subject"])), None),
            seconds=seconds,
            what=f"mail “{subject}” to {to}; there are {[(m['To'], str(m['Subject'])) for m in self.mails()]}",
        )

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, str(ROOT / "example_site/manage.py"), *arguments]
        return subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def until(found, *, seconds: float, what: str):
    """The first true value of `found()` within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.5)
    raise AssertionError(f"never came: {what}")


def part(mail, kind: str) -> str:
    """Text of the part of that type."""
    return next(p.get_content() for p in mail.walk() if p.get_content_type() == kind)
