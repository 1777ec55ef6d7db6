"""Make static/wagtail_leads/page.min.js, which is served, from page.js, which is read.

    pip install rjsmin
    python .ci/minify_beacon.py

A test minifies again and compares, so the two cannot drift apart.
"""

from pathlib import Path

import rjsmin

FOLDER = Path(__file__).parent.parent / "wagtail_leads" / "static" / "wagtail_leads"


def minified() -> str:
    return rjsmin.jsmin((FOLDER / "page.js").read_text(encoding="utf-8")) + "\n"


if __name__ == "__main__":
    (FOLDER / "page.min.js").write_text(minified(), encoding="utf-8")
    print(FOLDER / "page.min.js", len(minified()), "bytes")
