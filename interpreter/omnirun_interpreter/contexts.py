"""All contexts of the sandbox."""

import asyncio
from pathlib import Path

from omnirun_interpreter import limits
from omnirun_interpreter.context import Context
from omnirun_interpreter.errors import RequestError, unknown_context
from omnirun_interpreter.languages import ALWAYS_LISTED, Language, language_named
from omnirun_interpreter.zygote_client import ZygoteClient

HOME = "/home/user"


class Contexts:
    """Makes, finds and deletes contexts. Belongs to one event loop.

    Each language has a default context, for executions that name none, whose kernel is started by the first. Those that clients find
    in every list are made with the first request, not before: what is made in a golden snapshot is the same in every sandbox.
    """

    def __init__(self, zygote: ZygoteClient) -> None:
        self._zygote = zygote
        self._contexts: dict[str, Context] = {}
        self._defaults: dict[str, str] = {}

    async def create(self, language: str, cwd: str) -> Context:
        """Make a context whose kernel answers."""
        known = language_named(language)
        self.all()  # The default ones are older than any other.
        if not _is_directory(cwd):
            raise RequestError(400, f"The working directory {cwd} does not exist")
        context = self._add(known, cwd)
        try:
            await context.start()
        except BaseException:
            self._contexts.pop(context.id, None)
            raise
        return context

    def _add(self, language: Language, cwd: str) -> Context:
        if len(self._contexts) >= limits.MAX_CONTEXTS:
            raise RequestError(429, f"The sandbox has {limits.MAX_CONTEXTS} contexts, which is the most; delete some first")
        context = Context(self._zygote, language, cwd)
        self._contexts[context.id] = context
        return context

    def find(self, context_id: str) -> Context:
        """Return the context with this id."""
        context = self._contexts.get(context_id)
        if context is None:
            raise unknown_context(context_id)
        return context

    def default(self, language: str) -> Context:
        """Return the default context of a language."""
        known = language_named(language)
        context = self._contexts.get(self._defaults.get(known.name, ""))
        if context is None:
            context = self._add(known, HOME)
            self._defaults[known.name] = context.id
        return context

    def all(self) -> list[Context]:
        """Return all, the newest last, with the default ones that clients look for."""
        for language in ALWAYS_LISTED:
            if len(self._contexts) < limits.MAX_CONTEXTS:
                self.default(language)
        return list(self._contexts.values())

    async def delete(self, context_id: str) -> None:
        """End a context and forget it."""
        context = self.find(context_id)
        del self._contexts[context_id]
        await context.close()

    async def close(self) -> None:
        """End all."""
        contexts = list(self._contexts.values())
        self._contexts.clear()
        await asyncio.gather(*(context.close() for context in contexts))


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # A name that is too long, say.
        return False
