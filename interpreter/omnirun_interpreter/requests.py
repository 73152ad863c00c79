"""Reads what callers send. Whatever is wrong with it is a RequestError that says what."""

import json
from dataclasses import dataclass
from typing import Any

from omnirun_interpreter import limits
from omnirun_interpreter.contexts import HOME
from omnirun_interpreter.errors import RequestError
from omnirun_interpreter.languages import DEFAULT_LANGUAGE
from omnirun_interpreter.texts import is_well_formed


@dataclass(frozen=True)
class ExecutionRequest:
    """Code, where it is executed, and the variables it sees."""

    code: str
    context_id: str | None
    language: str
    variables: dict[str, str]


def execution(body: bytes) -> ExecutionRequest:
    """Read the body of POST /execute."""
    fields = _fields(body)
    code = fields.get("code")
    if not isinstance(code, str):
        raise RequestError(400, "code must be a text")
    if not is_well_formed(code):
        raise RequestError(400, "code must have no lone surrogates")
    if len(code) > limits.MAX_CODE_CHARACTERS:
        raise RequestError(400, f"code must have at most {limits.MAX_CODE_CHARACTERS} characters")
    context_id = _optional_text(fields, "context_id")
    language = _optional_text(fields, "language")
    if context_id is not None and language is not None:
        raise RequestError(400, "Only one of context_id or language can be provided")
    return ExecutionRequest(code, context_id, language or DEFAULT_LANGUAGE, _variables(fields))


def context(body: bytes) -> tuple[str, str]:
    """Read the body of POST /contexts: language and working directory."""
    fields = _fields(body)
    cwd = _optional_text(fields, "cwd") or HOME
    if "\0" in cwd or not cwd.startswith("/") or len(cwd) > limits.MAX_PATH_CHARACTERS:
        raise RequestError(400, f"cwd must be an absolute path of at most {limits.MAX_PATH_CHARACTERS} characters")
    return _optional_text(fields, "language") or DEFAULT_LANGUAGE, cwd


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise RequestError(400, "The body is not JSON") from None
    if not isinstance(fields, dict):
        raise RequestError(400, "The body must be a JSON object")
    return fields


def _optional_text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not (isinstance(value, str) and is_well_formed(value)):
        raise RequestError(400, f"{name} must be a text")
    return value


def _variables(fields: dict[str, Any]) -> dict[str, str]:
    variables = fields.get("env_vars") or {}
    if not isinstance(variables, dict) or len(variables) > limits.MAX_VARIABLES:
        raise RequestError(400, f"env_vars must be an object of at most {limits.MAX_VARIABLES} texts")
    for name, value in variables.items():
        if not isinstance(value, str) or not name or "=" in name or "\0" in name + value or not is_well_formed(name + value):
            raise RequestError(400, f"env_vars: {name!r} cannot be an environment variable")
    return variables
