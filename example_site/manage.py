#!/usr/bin/env python
"""The site's ``manage.py``: works as ``python example_site/manage.py`` and as ``python -m example_site.manage``."""

import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    # Started as a script, Python puts this folder first on the path; our modules live one level up.
    sys.path[:] = [str(ROOT), *(entry for entry in sys.path if Path(entry or ".").resolve() != ROOT / "example_site")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")
    if "runserver" in sys.argv[1:2]:
        # A plain SIGTERM would skip the exit handlers, and with them the last second of recorded page views.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
