"""Kernels' messages, bounded."""

from typing import Any

from jupyter_client.session import Session

from omnirun_interpreter.budget import BUDGET
from omnirun_interpreter.texts import all_well_formed

_SHOWING = frozenset({"display_data", "execute_result", "update_display_data"})

_PROTOCOL = frozenset({"status", "execute_input"})
"""Comes once for each execution, as a reply does."""


class BoundedSession(Session):  # type: ignore[misc]
    """Refuses what is too large or too much, where the code that says it gets the error."""

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **keywords: Any) -> Any:
        """Send a message as the base class does."""
        is_message = isinstance(msg_or_type, dict)
        message_type = msg_or_type["header"]["msg_type"] if is_message else msg_or_type
        said = msg_or_type["content"] if is_message else content
        if not _is_passed_on(message_type, said):
            return None
        said = all_well_formed(said)
        if is_message:
            return super().send(stream, {**msg_or_type, "content": said}, content, *args, **keywords)
        return super().send(stream, msg_or_type, said, *args, **keywords)


def _is_passed_on(message_type: str, content: Any) -> bool:
    if message_type in _SHOWING:
        BUDGET.show(content["data"])
    elif message_type == "stream":
        BUDGET.flushed()
    elif message_type == "error":
        return BUDGET.may_fail()
    elif message_type not in _PROTOCOL and not message_type.endswith("_reply"):
        BUDGET.say(len(repr(content)))
    return True
