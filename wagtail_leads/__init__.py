"""Marketing automation that lives inside a Wagtail site."""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["GatedBlock", "LeadFormBlock", "MakesLeads", "exclude_gated", "identify", "track"]
#: Where each is; by name, not by import: the package's root is no stage, and nothing inside may reach upwards through it.
_PLACES = {
    "GatedBlock": "wagtail_leads.capture.gated_block",
    "LeadFormBlock": "wagtail_leads.public.blocks",
    "MakesLeads": "wagtail_leads.capture.makes_leads",
    "exclude_gated": "wagtail_leads.content.gates",
}


def __getattr__(name: str):
    """Lazy (PEP 562), so that `from wagtail_leads import track` works before the app registry is ready."""
    if name in __all__:
        return getattr(import_module(_PLACES.get(name, "wagtail_leads.public.api")), name)
    raise AttributeError(name)
