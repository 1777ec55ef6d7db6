"""Sorting and counting a log of any size in constant memory: a private table on disk that nobody else can see.

SQLite makes the file for an empty name, unlinks it at once and removes it with the connection; so even a killed import
leaves no addresses behind. It follows TMPDIR (SQLITE_TMPDIR).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from wagtail_leads.logic.access_log import LogLine
from wagtail_leads.logic.suspicion import ClientDay, LogHabits

#: Rows held in memory before they are written.
ROWS = 2000
DAY = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class LogView:
    """One page view of a log, in the order of time."""

    line: LogLine
    #: 32 hex digits: the same for the same line in any file and any run.
    hit_id: str
    client: int


@dataclass(kw_only=True)
class Scratch:
    database: sqlite3.Connection
    _views: list[tuple] = field(default_factory=list)
    #: client -> [assets, robots.txt read, holes probed, staff].
    _days: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def open(cls) -> "Scratch":
        database = sqlite3.connect("", isolation_level=None)
        database.executescript("""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192; PRAGMA temp_store = FILE;
            CREATE TABLE view (client INT, at INT, digest BLOB, file INT, ip TEXT, host TEXT, method TEXT, target TEXT,
                               status INT, referrer TEXT, referrer_host TEXT, agent TEXT);
            CREATE TABLE day (client INTEGER PRIMARY KEY, assets INT, robots INT, probes INT, staff INT);
            CREATE TABLE seen (client INTEGER PRIMARY KEY);
            CREATE TABLE left_out (client INTEGER PRIMARY KEY, reason TEXT);
            BEGIN;
        """)
        return cls(database=database)

    def close(self) -> None:
        self.database.close()

    def put_view(self, line: LogLine, *, file: int, referrer_host: str) -> None:
        client, host, at, method, target, status, referrer, agent = line
        facts = f"{client}\n{host}\n{at}\n{method}\n{target}\n{status}\n{referrer}\n{agent}"
        digest = blake2b(facts.encode("utf-8", "replace"), digest_size=16).digest()
        self._views.append(
            (client_of(line), at, digest, file, client, host, method, target, status, referrer, referrer_host, agent)
        )
        if len(self._views) >= ROWS:
            self._write_views()

    def note(self, line: LogLine, *, assets: int = 0, robots: int = 0, probes: int = 0, staff: int = 0) -> None:
        """What else this client did on that day."""
        known = self._days.setdefault(client_of(line), [0, 0, 0, 0])
        for place, more in enumerate((assets, robots, probes, staff)):
            known[place] += more
        if len(self._days) >= ROWS:
            self._write_days()

    def views_of_clients(self, own_hosts: Iterable[str]) -> Iterator[tuple[int, ClientDay, bool]]:
        """(client, what it did, is it a colleague?) for each client and day with views."""
        self._prepare(own_hosts)
        rows = self.database.execute("""
            SELECT m.client, SUM(m.views), MAX(m.views), SUM(m.links), COALESCE(d.assets, 0), COALESCE(d.robots, 0),
                   COALESCE(d.probes, 0), COALESCE(d.staff, 0)
            FROM (SELECT client, COUNT(*) AS views, SUM(referrer_host IN (SELECT host FROM own)) AS links
                  FROM view GROUP BY client, at / 60) AS m LEFT JOIN day AS d ON d.client = m.client
            GROUP BY m.client
        """)
        for client, views, busiest, links, assets, robots, probes, staff in rows:
            day = ClientDay(
                views=views,
                assets=assets,
                read_robots_txt=bool(robots),
                probes=probes,
                busiest_minute=busiest,
                followed_links=links,
            )
            yield client, day, bool(staff)

    def habits(self, own_hosts: Iterable[str]) -> LogHabits:
        """Do people here load images, and follow links? One in ten clients is enough to say so."""
        self._prepare(own_hosts)
        (clients,) = self.database.execute("SELECT COUNT(DISTINCT client) FROM view").fetchone()
        (loading,) = self.database.execute("SELECT COUNT(*) FROM day WHERE assets > 0").fetchone()
        (linked,) = self.database.execute(
            "SELECT COUNT(DISTINCT client) FROM view WHERE referrer_host IN (SELECT host FROM own)"
        ).fetchone()
        return LogHabits(has_assets=loading * 10 > clients, has_links=linked * 10 > clients)

    def leave_out(self, clients: Iterable[tuple[int, str]]) -> None:
        self.database.executemany("INSERT INTO left_out VALUES (?, ?)", clients)

    def count_left_out(self) -> dict[str, int]:
        """Views by the reason of their client."""
        rows = self.database.execute("SELECT reason, COUNT(*) FROM view JOIN left_out USING (client) GROUP BY reason")
        return dict(rows)

    def in_order(self) -> Iterator[LogView]:
        """The views that stay, by time; in one second those from elsewhere first, then by what they say, so that the
        order of lines and files changes nothing. The same line in two files is one; twice in one file it is two.
        """
        self._prepare(())
        rows = self.database.execute("""
            SELECT client, at, digest, file, ip, host, method, target, status, referrer, agent FROM view
            WHERE client NOT IN (SELECT client FROM left_out)
            ORDER BY at, referrer_host IN (SELECT host FROM own), digest, file
        """)
        digest_before, file_before, told, number = None, None, 0, 0
        for client, at, digest, file, ip, host, method, target, status, referrer, agent in rows:
            if digest != digest_before:
                told = number = 0
            elif file != file_before:
                number = 0
            digest_before, file_before = digest, file
            if number == told:
                told += 1
                yield LogView(
                    line=LogLine(ip, host, at, method, target, status, referrer, agent),
                    hit_id=blake2b(digest + str(number).encode(), digest_size=16).hexdigest(),
                    client=client,
                )
            number += 1

    def is_new(self, client: int) -> bool:
        """True the first time that a client is asked for."""
        return self.database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (client,)).rowcount == 1

    def _prepare(self, own_hosts: Iterable[str]) -> None:
        self._write_views()
        self._write_days()
        self.database.execute("CREATE TEMP TABLE IF NOT EXISTS own (host TEXT PRIMARY KEY)")
        self.database.executemany("INSERT OR IGNORE INTO own VALUES (?)", [(host,) for host in own_hosts])

    def _write_views(self) -> None:
        self.database.executemany("INSERT INTO view VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._views)
        self._views.clear()

    def _write_days(self) -> None:
        self.database.executemany(
            "INSERT INTO day VALUES (?, ?, ?, ?, ?) ON CONFLICT (client) DO UPDATE SET assets = assets + excluded.assets, "
            "robots = robots + excluded.robots, probes = probes + excluded.probes, staff = staff + excluded.staff",
            [(client, *known) for client, known in self._days.items()],
        )
        self._days.clear()


def client_of(line: LogLine) -> int:
    """The same address and agent on the same (UTC) day, as a number."""
    text = f"{line.client}\n{line.user_agent}\n{line.at // DAY}"
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
