"""A real small B2B site, Japanese and English, on which wagtail-leads is shown, tried and tested."""
