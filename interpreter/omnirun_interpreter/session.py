"""Kernels' messages, bounded."""

from typing import Any

from jupyter_client.session import Session

from omnirun_interpreter.budget import BUDGET

_SHOWING = frozenset({"display_data", "execute_result", "update_display_data"})


class BoundedSession(Session):  # type: ignore[misc]
    """Refuses results that are too large, where the code that shows them gets the error."""

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **keywords: Any) -> Any:
        """Send a message as the base class does."""
        message_type = msg_or_type["header"]["msg_type"] if isinstance(msg_or_type, dict) else msg_or_type
        if message_type in _SHOWING:
            shown = msg_or_type["content"] if isinstance(msg_or_type, dict) else content
            BUDGET.show(shown["data"])
        return super().send(stream, msg_or_type, content, *args, **keywords)
