"""The HTTP server: E2B's interpreter wire, and an interrupt of ours."""

import json
from collections.abc import Awaitable
from typing import Any, cast

from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler

from omnirun_interpreter import requests
from omnirun_interpreter.context import Context, Execution
from omnirun_interpreter.contexts import Contexts
from omnirun_interpreter.errors import RequestError


class Handler(RequestHandler):  # type: ignore[misc]
    """What all routes share: errors are plain texts."""

    def initialize(self, contexts: Contexts) -> None:
        """Take what the application was made with."""
        self.contexts = contexts

    def write_error(self, status_code: int, **keywords: Any) -> None:
        """Answer with the error's own text."""
        error = keywords.get("exc_info", (None, None, None))[1]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if isinstance(error, RequestError):
            self.set_status(error.status)
            self.finish(error.text)
        else:
            self.finish(self._reason)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep refused requests out of the log."""
        if not isinstance(value, RequestError):
            super().log_exception(typ, value, tb)

    def answer(self, content: object) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content))


class HealthHandler(Handler):
    """Says that the service lives."""

    def get(self) -> None:
        """Answer as E2B's does."""
        self.answer("OK")


class ExecuteHandler(Handler):
    """Executes code and tells how it goes, line by line."""

    context: Context | None = None
    execution: Execution | None = None

    async def post(self) -> None:
        """Execute in the named context or in the language's default one."""
        request = requests.execution(self.request.body)
        if request.context_id is not None:
            self.context = self.contexts.find(request.context_id)
        else:
            self.context = self.contexts.default(request.language)
        self.execution = self.context.submit(request.code, request.variables)
        self.set_header("Content-Type", "application/x-ndjson")
        try:
            async for event in self.execution.lines():
                self.write((json.dumps(event, ensure_ascii=False) + "\n").encode(errors="replace"))
                await cast(Awaitable[None], self.flush())
        except StreamClosedError:
            self.on_connection_close()

    def on_connection_close(self) -> None:
        """Interrupt what nobody listens to."""
        if self.context is not None and self.execution is not None:
            self.context.cancel(self.execution)


class ContextsHandler(Handler):
    """All contexts."""

    def get(self) -> None:
        """List them."""
        self.answer([context.description() for context in self.contexts.all()])

    async def post(self) -> None:
        """Make one."""
        language, cwd = requests.context(self.request.body)
        self.answer((await self.contexts.create(language, cwd)).description())


class ContextHandler(Handler):
    """One context."""

    def get(self, context_id: str) -> None:
        """Describe it."""
        self.answer(self.contexts.find(context_id).description())

    async def delete(self, context_id: str) -> None:
        """End it."""
        await self.contexts.delete(context_id)
        self.set_status(204)


class RestartHandler(Handler):
    """A context's new beginning."""

    async def post(self, context_id: str) -> None:
        """Give it another kernel; its id stays."""
        context = self.contexts.find(context_id)
        await context.restart()
        self.answer(context.description())


class InterruptHandler(Handler):
    """A context's present execution."""

    def post(self, context_id: str) -> None:
        """Interrupt it, if there is one."""
        self.contexts.find(context_id).interrupt()
        self.set_status(204)


def application(contexts: Contexts) -> Application:
    """Return the routes."""
    shared = {"contexts": contexts}
    return Application(
        [
            (r"/health", HealthHandler, shared),
            (r"/execute", ExecuteHandler, shared),
            (r"/contexts", ContextsHandler, shared),
            (r"/contexts/([^/]+)", ContextHandler, shared),
            (r"/contexts/([^/]+)/restart", RestartHandler, shared),
            (r"/contexts/([^/]+)/interrupt", InterruptHandler, shared),
        ],
        log_function=lambda handler: None,
    )
