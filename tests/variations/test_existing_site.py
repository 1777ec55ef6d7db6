"""A site that nobody here wrote (`wagtail start`), the built wheel, and the README's steps taken literally."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.contracts.test_wheel import wheel  # noqa: F401  (a fixture)

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import re
import wagtail_leads
assert wagtail_leads.__file__.startswith(WHEEL), wagtail_leads.__file__
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from home.models import HomePage
from wagtail_leads.content.operations import mark_page
from wagtail_leads.models import Lead, Message, PageView, ParkedHit, Visit
from wagtail_leads.tracking import buffer

agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
browser = Client(headers={
    "user-agent": agent, "accept": "text/html", "accept-language": "en", "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document", "sec-fetch-site": "same-origin", "host": "localhost",
})
home = HomePage.objects.get()
html = browser.get("/").content.decode()
token = re.search(r'data-page="([^"]+)"', html)[1]
told = '{"v": "%s", "t": 5000, "s": 9, "p": "%s", "u": "/", "r": "", "e": 0}' % ("a" * 16, token)
assert browser.post("/leads/b", told, content_type="text/plain").status_code == 204
buffer.flush()
view = PageView.objects.get()
assert view.server_seen and view.dwell_ms == 5000, "tracked: the server's record, claimed by the beacon"

mark_page(home, user=None, now=timezone.now(), gated=True, high_intent=True)
gate = browser.get("/").content.decode()
action = re.search(r'action="(/leads/f/[^"]+)"', gate)[1]
import time
time.sleep(2.1)  # faster is no person
sent = browser.post(action, {"company": "Works", "name": "Taro", "email": "taro@mihon.example"})
assert sent.status_code == 303, sent.status_code
assert "leads-form" not in browser.get("/").content.decode(), "gated, and open for who gave a name"
buffer.flush()
call_command("leads_tick", verbosity=0)
assert Lead.objects.get().is_connected and Message.objects.get().state == "sent"
admin = Client(headers={"host": "localhost"})
from django.contrib.auth import get_user_model
admin.force_login(get_user_model().objects.create_superuser("admin", "admin@mihon.example", "x"))
page = admin.get(f"/admin/pages/{home.pk}/edit/")
assert page.status_code == 200 and b"Leads" in page.content
print("a site that nobody here wrote: done")
"""


def blocks(language: str) -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", readme, flags=re.S)


def test_the_readme_on_a_site_that_nobody_here_wrote(wheel, tmp_path):  # noqa: F811
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LEADS_", "DJANGO_", "DATABASE_URL"))}
    env |= {"PYTHONPATH": str(tmp_path / "wheel"), "PYTHONWARNINGS": "ignore"}
    site = tmp_path / "mysite"
    site.mkdir()

    def run(*args: str, cwd=site, **kwargs) -> str:
        told = subprocess.run([sys.executable, *args], cwd=cwd, env=env, capture_output=True, text=True, **kwargs)
        assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-3000:]
        return told.stdout + told.stderr

    run("-c", "import sys; from wagtail.bin.wagtail import main; sys.argv[1:] = ['start', 'mysite', '.']; main()")
    settings, urls = blocks("python")
    with (site / "mysite/settings/base.py").open("a") as base:
        base.write("\n" + settings)
    with (site / "mysite/urls.py").open("a") as base:
        base.write("\n" + urls)
    commands = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python manage.py")]
    assert [line.split()[2] for line in commands] == ["migrate", "check", "qcluster"]
    run("manage.py", "migrate", "-v", "0")
    told = run("manage.py", "check", "--database", "default")
    named = set(re.findall(r"wagtail_leads\.([EW]\d+)", told))
    assert named <= {"W004", "W008"}, told  # sender details and SQLite's options are told, nothing is wrong
    assert not re.search(r"wagtail_leads\.E", told)
    run("manage.py", "makemigrations", "--check", "--dry-run")
    probe = PROBE.replace("WHEEL", repr(str(tmp_path / "wheel")))
    settings_tail = "EMAIL_BACKEND = 'django.core.mail.backends.locmem.EmailBackend'\n"
    with (site / "mysite/settings/base.py").open("a") as base:
        base.write("\n" + settings_tail)
    assert "done" in run("manage.py", "shell", "-c", probe)


@pytest.mark.parametrize("language", ["python", "sh"])
def test_the_readme_has_the_steps(language):
    assert len(blocks(language)) >= 2
