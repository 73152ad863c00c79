"""The languages that contexts have, and what they are called."""

from dataclasses import dataclass

from omnirun_interpreter.errors import RequestError


@dataclass(frozen=True)
class Language:
    """A language with the module and the class of its kernel, which is imported only in the kernel's process."""

    name: str
    kernel_class: tuple[str, str]


LANGUAGES = {
    language.name: language
    for language in (
        Language("python", ("omnirun_interpreter.python_kernel", "PythonKernel")),
        Language("javascript", ("omnirun_interpreter.javascript_kernel", "JavaScriptKernel")),
        Language("bash", ("omnirun_interpreter.bash_kernel", "BashKernel")),
    )
}

DEFAULT_LANGUAGE = "python"

ALWAYS_LISTED = ("python", "javascript")
"""Clients find a context of these in the list without having made one."""

_ALIASES = {
    "python3": "python",
    "py": "python",
    "js": "javascript",
    "node": "javascript",
    "typescript": "javascript",  # As E2B has it; what is not JavaScript in it is a SyntaxError.
    "ts": "javascript",
    "sh": "bash",
    "shell": "bash",
}


def language_named(name: str) -> Language:
    """Find a language by its name or one of its other names; an unknown one is a RequestError that says which there are."""
    wanted = name.strip().lower()
    language = LANGUAGES.get(_ALIASES.get(wanted, wanted))
    if language is None:
        raise RequestError(400, f"Language {name} is not supported; there are {', '.join(LANGUAGES)}")
    return language
