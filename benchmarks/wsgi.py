"""The test site for a real web server; the buffer as the environment says (bench_buffer.py)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
