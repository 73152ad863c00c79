"""Turns Jupyter's messages into the lines that E2B's clients read."""

import json
from typing import Any

from omnirun_interpreter import limits

Event = dict[str, Any]

_KEYS = {
    "text/plain": "text",
    "text/html": "html",
    "text/markdown": "markdown",
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "application/pdf": "pdf",
    "text/latex": "latex",
    "application/json": "json",
    "application/javascript": "javascript",
}

KEEPALIVE: Event = {"type": "keepalive"}
END: Event = {"type": "end_of_execution"}


def events_of(message: dict[str, Any]) -> list[Event]:
    """Translate a message about an execution; nothing comes of one that clients have no line for."""
    content = message["content"]
    match message["msg_type"]:
        case "execute_input":
            return [{"type": "number_of_executions", "execution_count": content["execution_count"]}]
        case "stream":
            return [{"type": content["name"], "text": text, "timestamp": _timestamp(message)} for text in _pieces(content["text"])]
        case "display_data":
            return [result(content["data"], is_main=False)]
        case "execute_result":
            return [result(content["data"], is_main=True)]
        case "error":
            return [error(content["ename"], content["evalue"], "\n".join(content["traceback"]))]
    return []


def _pieces(text: str) -> list[str]:
    return [text[start : start + limits.MAX_EVENT_CHARACTERS] for start in range(0, len(text), limits.MAX_EVENT_CHARACTERS)]


def error(name: str, value: str, traceback: str = "") -> Event:
    """Return the line of an execution that failed; texts that are too long are cut."""
    return {"type": "error", "name": _cut(name), "value": _cut(value), "traceback": _cut(traceback)}


def _cut(text: str) -> str:
    return text if len(text) <= limits.MAX_ERROR_CHARACTERS else text[: limits.MAX_ERROR_CHARACTERS] + "[cut]"


def result(data: dict[str, Any], *, is_main: bool) -> Event:
    """Return the line of a rich result; what clients know no name for is in extra."""
    event: Event = {"type": "result", "is_main_result": is_main}
    extra = {}
    for mime, value in data.items():
        key = _KEYS.get(mime)
        if key is None:
            extra[mime] = value
        else:
            event[key] = value if key == "json" else _text_of(value)
    if "text" in event:
        event["text"] = _without_quotes(event["text"])
    if extra:
        event["extra"] = extra
    return event


def _text_of(value: Any) -> str:
    """Return a value of a text format as text, whatever code has given."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return json.dumps(value)


def _without_quotes(text: str) -> str:
    """Take the outer quotes off the representation of a string."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _timestamp(message: dict[str, Any]) -> str:
    date = message["header"]["date"]
    return date if isinstance(date, str) else date.isoformat()
