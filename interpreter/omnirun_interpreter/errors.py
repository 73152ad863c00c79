"""Errors that callers of the HTTP server see."""


class RequestError(Exception):
    """A request is refused with a status and a plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def unknown_context(context_id: str) -> RequestError:
    """There is no such context; the text is E2B's."""
    return RequestError(404, f"Context {context_id} not found")


class KernelDiedError(Exception):
    """A kernel ended; the text says how."""
