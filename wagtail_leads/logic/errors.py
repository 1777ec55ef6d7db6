"""The errors of the package: `LeadsError` at the root, each also the builtin that fits; the docstring is the message."""


class LeadsError(Exception):
    """Something about leads went wrong."""

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").strip()


class AddressTaken(LeadsError, ValueError):
    """Another lead has this address already."""

    def __init__(self, lead_id: int):
        super().__init__((self.__doc__ or "").strip())
        self.lead_id = lead_id


class BadAddress(LeadsError, ValueError):
    """This is not a mail address."""


class BrowserTaken(LeadsError, ValueError):
    """Somebody else has this browser at that time, or it is gone. Take that link back first."""
