"""Own time of our middleware in a page view: p50 under 50 µs, p99 under 500 µs, no query.

Measured: what `LeadsMiddleware` adds around a served page (the hit is made and put into the buffer). Yardstick: making the
request object that Django makes anyway.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

BUDGET_P50, BUDGET_P99 = 50e-6, 500e-6


def measure(rounds: int = 20_000) -> dict:
    """Seconds and counts; the database is set up."""
    from django.db import connection
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.test.utils import CaptureQueriesContext

    from wagtail_leads.middleware import LeadsMiddleware
    from wagtail_leads.tracking import cookies
    from wagtail_leads.tracking.recording import Served

    still_buffer = stage.still_buffer()
    signed = HttpResponse()
    cookies.set_visitor(signed, cookies.new_key(), secure=False)
    cookie = f"leads_visitor={signed.cookies['leads_visitor'].value}"
    factory, response = RequestFactory(), HttpResponse("<html></html>")
    middleware = LeadsMiddleware(lambda request: response)

    def request():
        made = factory.get("/article/?utm_source=x", HTTP_COOKIE=cookie, **stage.HEADERS)
        made.COOKIES  # noqa: B018  (parsed by Django itself in any site)
        made._leads_served = Served(page_id=3, title="Article", site_id=1)
        return made

    plain = [stage.timed(request) for _round in range(1000)]
    times = []
    with CaptureQueriesContext(connection) as queries:
        for _round in range(rounds):
            one = request()
            times.append(stage.timed(lambda one=one: middleware(one)))
    assert len(still_buffer.hits) == rounds
    p50, p99 = stage.percentile(times, 0.5), stage.percentile(times, 0.99)
    yardstick = stage.percentile(plain, 0.5)
    return {
        "p50_us": round(p50 * 1e6, 1),
        "p99_us": round(p99 * 1e6, 1),
        "queries": len(queries),
        "yardstick_request_us": round(yardstick * 1e6, 1),
        "ratio": round(p50 / yardstick, 2),
        "ok": p50 < BUDGET_P50 and p99 < BUDGET_P99 and not len(queries),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    stage.setup()
    told = measure()
    if options.json:
        print(json.dumps(told))
    else:
        print(
            f"own time p50 {told['p50_us']} µs (budget 50), p99 {told['p99_us']} µs (budget 500), {told['queries']} queries"
        )
        print(f"ratio to making the request object ({told['yardstick_request_us']} µs): {told['ratio']}")
    sys.exit(not told["ok"])
