"""What can go wrong with people (kept on the ground floor, so that every stage may raise it)."""

from wagtail_leads.logic.errors import AddressTaken, BadAddress, LeadsError

__all__ = ["AddressTaken", "BadAddress", "LeadsError"]
