"""docs/reference/settings.md from conf.SETTINGS: ``python .ci/settings_page.py`` writes it, ``--check`` compares."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/settings.md"
HEAD = """# Settings

All of them are optional and live in one dictionary of your settings:

```text
WAGTAIL_LEADS = {"HOT_SCORE": 60, "TRUSTED_PROXIES": ["10.0.0.0/8"]}
```

A name that does not exist is reported by `manage.py check` (`wagtail_leads.W010`). This page is made by
`.ci/settings_page.py` from `wagtail_leads/conf.py`.

| name | default | what it does |
|---|---|---|
"""


def page() -> str:
    sys.path.insert(0, str(ROOT))
    from wagtail_leads.conf import SETTINGS

    rows = [f"| `{name}` | `{setting.default!r}` | {setting.sentence} |\n" for name, setting in SETTINGS.items()]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE} is stale: run {Path(__file__).name}")
    PAGE.write_text(page(), encoding="utf-8")
