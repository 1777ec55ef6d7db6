"""``manage.py demo``: everything that a first look needs, started and stopped together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from example_site import content

DEMO_FILE = Path(__file__).resolve().parents[2] / "seed_assets/demo.mmdb"
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
HOST = "127.0.0.1"
#: How long a child may take to finish its work after SIGTERM.
STOP_SECONDS = 10
START_SECONDS = 60


@dataclass(kw_only=True)
class Child:
    name: str
    process: subprocess.Popen


class Command(BaseCommand):
    help = "Make the database and its content, then run web server, worker and mail catcher until Ctrl-C."

    def add_arguments(self, parser):
        parser.add_argument("--mail-page-port", type=int, default=int(os.environ.get("MAIL_PAGE_PORT") or 8025))

    def handle(self, **options):
        stop = threading.Event()
        on_signals(lambda *_: stop.set())
        children: list[Child] = []
        try:
            ports = choose_ports(options["mail_page_port"])
            self.tell_moved_ports(ports, options["mail_page_port"])
            self.prepare(ports["web"], stop)
            if stop.is_set():
                return
            start_children(children, ports)
            if wait_until_up(children, ports, stop):
                self.stdout.write(box(welcome_lines(ports)))
                self.watch(children, stop)
        finally:
            # From here on a second Ctrl-C must not leave a child behind.
            on_signals(signal.SIG_IGN)
            self.stdout.write("\nStopping …")
            stop_children(children)
            self.stdout.write("Everything has stopped.")
        failed = [child.name for child in children if not stop.is_set() and child.process.returncode]
        if failed:
            raise CommandError(f"stopped by itself: {', '.join(failed)}")

    def prepare(self, port: int, stop: threading.Event) -> None:
        """Database and content. Cut short by Ctrl-C: both go on where they stopped, on the next run."""
        self.stdout.write("Preparing database and content (up to a minute the first time) …")
        settings.PORT = port
        with contextlib.suppress(KeyboardInterrupt), interruptible(stop):
            call_command("migrate", verbosity=0, interactive=False)
            content.seed()
            content.put_port(port)

    def tell_moved_ports(self, ports: dict[str, int], mail_page_port: int) -> None:
        wished = {"web": settings.PORT, "smtp": settings.EMAIL_PORT, "mail": mail_page_port}
        for name, port in ports.items():
            if port != wished[name]:
                self.stdout.write(f"Port {wished[name]} is taken; using {port} instead.")

    def watch(self, children: list[Child], stop: threading.Event) -> None:
        """Until we are stopped, or one of the children ends."""
        while not stop.wait(0.5):
            for child in children:
                if child.process.poll() is not None:
                    self.stderr.write(f"{child.name} has ended (exit code {child.process.returncode}).")
                    return


# Signals


def on_signals(handler) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


@contextlib.contextmanager
def interruptible(stop: threading.Event):
    """A signal also ends, at once, what runs inside."""

    def interrupt(*_):
        stop.set()
        raise KeyboardInterrupt

    on_signals(interrupt)
    try:
        yield
    finally:
        on_signals(lambda *_: stop.set())


# Ports


def choose_ports(mail_page_port: int) -> dict[str, int]:
    """A free port for each server: the wished one, or the next."""
    wished = {"web": settings.PORT}
    if runs_own_mail():
        wished |= {"smtp": settings.EMAIL_PORT, "mail": mail_page_port}
    chosen: dict[str, int] = {}
    for name, port in wished.items():
        chosen[name] = next_free_port(port, set(chosen.values()))
    return chosen


def next_free_port(port: int, taken: set[int]) -> int:
    for candidate in range(port, min(port + 50, 65_536)):
        if candidate not in taken and is_free(candidate):
            return candidate
    raise CommandError(f"no free port from {port} on; set PORT, EMAIL_PORT or MAIL_PAGE_PORT to another number")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A port in TIME_WAIT, from a demo that has just ended, counts as free: the servers set this option as well.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def runs_own_mail() -> bool:
    """Whether mail goes to this machine; otherwise EMAIL_HOST names a real server, and we catch nothing."""
    return settings.EMAIL_HOST in {HOST, "localhost"}


# Processes


def start_children(children: list[Child], ports: dict[str, int]) -> None:
    environment = os.environ | {"PORT": str(ports["web"]), "PYTHONUNBUFFERED": "1"}
    environment.setdefault("LEADS_MMDB", str(DEMO_FILE))
    if "smtp" in ports:
        environment["EMAIL_PORT"] = str(ports["smtp"])
        command = ["mailcatch", f"--smtp-port={ports['smtp']}", f"--port={ports['mail']}"]
        children.append(start_child("mail catcher", command, environment))
    children.append(start_child("worker", ["qcluster"], environment))
    command = ["runserver", "--noreload", "--insecure", f"{HOST}:{ports['web']}"]
    children.append(start_child("web server", command, environment))


def start_child(name: str, arguments: list[str], environment: dict[str, str]) -> Child:
    """A ``manage.py`` process in a session of its own, so that Ctrl-C in the terminal reaches only us.

    A cluster of django-q2 that gets a signal twice (from the terminal and from us) hangs for ever.
    """
    log = (settings.VAR_DIR / f"{name.replace(' ', '-')}.log").open("ab")
    with log:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name=name, process=process)


def wait_until_up(children: list[Child], ports: dict[str, int], stop: threading.Event) -> bool:
    """True when every port answers; False when we are told to stop before. A child that ends is an error."""
    deadline = time.monotonic() + START_SECONDS
    while not all(answers(port) for port in ports.values()):
        ended = next((child for child in children if child.process.poll() is not None), None)
        if ended:
            path = settings.VAR_DIR / f"{ended.name.replace(' ', '-')}.log"
            raise CommandError(f"{ended.name} did not start; its last words are in {path}")
        if time.monotonic() > deadline:
            raise CommandError(f"not up after {START_SECONDS} seconds; see the logs in {settings.VAR_DIR}")
        if stop.wait(0.2):
            return False
    return True


def answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def stop_children(children: list[Child]) -> None:
    """One SIGTERM for each child, time to finish, then SIGKILL for whatever is left of its session."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
    for child in children:
        # The leader may be gone and its workers not: the group still has the leader's id.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


# Words


def welcome_lines(ports: dict[str, int]) -> list[str]:
    base = f"http://{HOST}:{ports['web']}"
    lines = [
        "The example site is running.",
        "",
        f"Site       {base}/ja/   {base}/en/",
        f"Admin      {base}/admin/   (admin / changeme)",
    ]
    if "mail" in ports:
        lines.append(f"Mail       http://{HOST}:{ports['mail']}/   (every mail the site sends)")
    else:
        lines.append(f"Mail       goes out through {settings.EMAIL_HOST}:{settings.EMAIL_PORT}")
    return [*lines, "", f"Logs are in {settings.VAR_DIR}. Ctrl-C stops everything."]


def box(lines: list[str]) -> str:
    widths = [sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) for line in lines]
    inner = max(widths)
    rows = [f"│ {line}{' ' * (inner - width)} │" for line, width in zip(lines, widths, strict=True)]
    return "\n".join([f"╭{'─' * (inner + 2)}╮", *rows, f"╰{'─' * (inner + 2)}╯"])
