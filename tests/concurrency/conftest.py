import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest

aiosmtpd_controller = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("LEADS_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("LEADS_MARIADB", "mysql://root@127.0.0.1:3306/test")
REDIS = os.environ.get("LEADS_REDIS_URL", "redis://127.0.0.1:6379/9")


class Mailbox:
    """A mail server's memory: who got which mail, how often."""

    def __init__(self):
        self.got: Counter = Counter()
        self.ids: Counter = Counter()
        #: address -> what to say instead of "250": called with the session's server.
        self.moods: dict = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        mood = self.moods.get(("RCPT", address))
        if mood is not None:
            return mood
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        from email import message_from_bytes

        address = envelope.rcpt_tos[0]
        moods = self.moods.get(("DATA", address))
        if moods:
            mood = moods.pop(0)
            if mood == "hang up":
                self._take(address, message_from_bytes(envelope.content))
                server.transport.abort()
            return mood
        self._take(address, message_from_bytes(envelope.content))
        return "250 OK"

    def _take(self, address, mail):
        self.got[address] += 1
        self.ids[mail["Message-ID"]] += 1


class Server(aiosmtpd_controller.Controller):
    def __init__(self, mailbox, port=0):
        super().__init__(mailbox, hostname="127.0.0.1", port=port, ready_timeout=10)

    def _trigger_server(self):
        """Port 0: ask the socket which it got (the parent class connects to the number it was given)."""
        if self.port == 0:
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def smtp(mailbox):
    server = Server(mailbox)
    server.start()
    yield server
    if not server.loop.is_closed():
        server.stop()


@dataclass(kw_only=True)
class House:
    """One database and the processes on it."""

    env: dict
    started: list = field(default_factory=list)

    def start(self, *args: str) -> subprocess.Popen:
        command = [sys.executable, "-W", "ignore", "-m", "tests.concurrency.act", *args]
        made = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(made)
        return made

    def do(self, *args: str, timeout: int = 240) -> dict:
        made = self.start(*args)
        out, err = made.communicate(timeout=timeout)
        assert made.returncode == 0, err[-3000:]
        return json.loads(out.splitlines()[-1])

    def command(self, *args: str) -> subprocess.Popen:
        command = [sys.executable, "-W", "ignore", "-m", "django", *args]
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "tests.concurrency.settings"}
        # a group of its own: a cluster has children, and all of them are ended with it
        made = subprocess.Popen(
            command,
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(made)
        return made

    def end(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()


def house(engine: str, smtp, tmp_path, **extra):
    """A fresh database; skips where the server does not answer."""
    env = {
        **os.environ,
        "LEADS_SMTP_PORT": str(smtp.port),
        "LEADS_DB_URL": "",
        "LEADS_TEST_VAR": str(tmp_path),
        **extra,
    }
    env.pop("DJANGO_SETTINGS_MODULE", None)
    name = f"leads_{uuid.uuid4().hex[:10]}"
    if engine == "sqlite":
        made = House(env={**env, "LEADS_DB_FILE": str(tmp_path / "real.sqlite3")})
        yield made
        made.end()
        return
    url, run = {"postgres": (POSTGRES, _postgres), "mariadb": (MARIADB, _mariadb)}[engine]
    run(url, f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if engine == "mariadb" else ""))
    made = House(env={**env, "LEADS_DB_URL": url.rpartition("/")[0] + f"/{name}"})
    yield made
    made.end()
    run(url, f"DROP DATABASE {name}" + (" WITH (FORCE)" if engine == "postgres" else ""))


def _postgres(url: str, statement: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers: {str(error)[:80]}")
    with connection:
        connection.execute(statement)


def _mariadb(url: str, statement: str) -> None:
    driver = pytest.importorskip("MySQLdb", reason="mysqlclient is not installed")
    u = urlparse(url)
    try:
        connection = driver.connect(
            host=u.hostname, port=u.port, user=u.username, passwd=u.password or "", connect_timeout=3
        )
    except driver.OperationalError as error:
        pytest.skip(f"no MariaDB answers: {str(error)[:80]}")
    connection.cursor().execute(statement)
    connection.close()
