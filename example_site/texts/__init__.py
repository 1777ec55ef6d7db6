"""What the site says, one module per language: ``PAGES`` maps a page's key to its title, fields and body.

In rich text ``<a page="price">`` links to the page with that key, and ``<a document="guide">`` to a document; in a
body ``"page:price"`` stands for the page itself. ``content.py`` puts the ids in.
"""
