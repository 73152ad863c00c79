"""Texts that can be sent."""

from typing import Any


def is_well_formed(text: str) -> bool:
    """Say whether a text has no lone surrogates, which no encoding can express."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def well_formed(text: str) -> str:
    """Replace lone surrogates."""
    return text if is_well_formed(text) else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def all_well_formed(value: Any) -> Any:
    """Replace lone surrogates in all texts of a message."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, dict):
        return {all_well_formed(key): all_well_formed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [all_well_formed(inner) for inner in value]
    return value
