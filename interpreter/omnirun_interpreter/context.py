"""A context: a language, a directory, and a kernel that keeps the state."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from omnirun_interpreter import events, limits
from omnirun_interpreter.errors import KernelDiedError, RequestError, unknown_context
from omnirun_interpreter.events import Event
from omnirun_interpreter.kernel import Kernel
from omnirun_interpreter.languages import Language
from omnirun_interpreter.memory import require_room
from omnirun_interpreter.zygote_client import ForkRefusedError, ZygoteClient


@dataclass(eq=False)
class Execution:
    """One execution on its way. Its events come from a queue that the kernel's budget bounds."""

    code: str
    variables: dict[str, str]
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    cancelled: bool = False

    async def lines(self) -> AsyncIterator[Event]:
        """Yield events to the end, and one that says nothing wherever nothing else comes for long."""
        while True:
            try:
                event = await asyncio.wait_for(self.events.get(), limits.KEEPALIVE_SECONDS)
            except TimeoutError:
                event = events.KEEPALIVE
            yield event
            if event is events.END:
                return


class Context:
    """Executes one thing after the other. Belongs to one event loop.

    A kernel that ends by itself takes its state with it; the next execution has a new one.
    """

    def __init__(self, zygote: ZygoteClient, language: Language, cwd: str) -> None:
        self.id = str(uuid.uuid4())
        self.language = language
        self.cwd = cwd
        self.created_at = datetime.now(UTC)
        self._zygote = zygote
        self._kernel: Kernel | None = None
        self._turn = asyncio.Lock()
        self._running: Execution | None = None
        self._interrupting: asyncio.Task[None] | None = None
        self._executions: dict[asyncio.Task[None], Execution] = {}
        self._closed = False

    def description(self) -> dict[str, str]:
        """Return what callers see of it."""
        return {
            "id": self.id,
            "language": self.language.name,
            "cwd": self.cwd,
            "created_at": self.created_at.isoformat().replace("+00:00", "Z"),
        }

    async def start(self) -> None:
        """Start the kernel if none runs; a RequestError if none can."""
        async with self._turn:
            await self._running_kernel()

    async def _running_kernel(self) -> Kernel:
        if self._closed:
            raise unknown_context(self.id)
        if self._kernel is not None:
            if not self._kernel.has_ended():
                return self._kernel
            await self._kernel.stop()
            self._kernel = None
        require_room()
        try:
            kernel = await Kernel.start(self._zygote, self.language.name, self.cwd)
        except (KernelDiedError, ForkRefusedError) as error:
            raise RequestError(503, f"Context {self.id} has no kernel: {error}") from error
        if self._closed:  # Meanwhile, and whoever closed it saw no kernel.
            await kernel.stop()
            raise unknown_context(self.id)
        self._kernel = kernel
        return kernel

    def submit(self, code: str, variables: dict[str, str]) -> Execution:
        """Queue an execution behind those that are there; a RequestError if there are too many."""
        if len(self._executions) > limits.MAX_WAITING:
            raise RequestError(429, f"Context {self.id} has {limits.MAX_WAITING} executions waiting already")
        execution = Execution(code, variables)
        task = asyncio.create_task(self._run(execution))
        self._executions[task] = execution
        task.add_done_callback(self._finish)
        return execution

    async def _run(self, execution: Execution) -> None:
        async with self._turn:
            if not execution.cancelled:
                await self._run_in_turn(execution)

    def _finish(self, task: asyncio.Task[None]) -> None:
        """Tell the end, also of a task that was cancelled before it began."""
        execution = self._executions.pop(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            execution.events.put_nowait(events.error(type(error).__name__, str(error)))
        execution.events.put_nowait(events.END)

    async def _run_in_turn(self, execution: Execution) -> None:
        self._running = execution
        try:
            kernel = await self._running_kernel()
            if execution.cancelled:
                return
            async for message in kernel.execute(execution.code, execution.variables):
                for event in events.events_of(message) if not execution.cancelled else ():
                    execution.events.put_nowait(event)
        except KernelDiedError as error:
            text = f"{error}; the context's state is lost, and its next execution begins with a new kernel"
            execution.events.put_nowait(events.error("KernelDied", text))
        except RequestError as error:
            execution.events.put_nowait(events.error("KernelUnavailable", error.text))
        finally:
            self._running = None
            if self._interrupting is not None:
                self._interrupting.cancel()
                self._interrupting = None

    def cancel(self, execution: Execution) -> None:
        """Interrupt an execution that nobody waits for any more, or take it out of the queue."""
        if execution.cancelled:
            return
        execution.cancelled = True
        if self._running is execution:
            self.interrupt()

    def interrupt(self) -> None:
        """Interrupt what is being executed, if anything is, until it has ended."""
        if self._running is not None and (self._interrupting is None or self._interrupting.done()):
            self._interrupting = asyncio.create_task(self._interrupt())

    async def _interrupt(self) -> None:
        for _ in range(limits.MAX_INTERRUPTS):
            if self._kernel is not None:
                self._kernel.interrupt()
            await asyncio.sleep(limits.INTERRUPT_SECONDS)

    async def restart(self) -> None:
        """Kill the kernel and start another; what is being executed or waits ends with an error."""
        await self._end(events.error("ContextRestarted", f"Context {self.id} was restarted"))
        await self.start()

    async def close(self) -> None:
        """Kill the kernel; what is being executed or waits ends with an error."""
        self._closed = True
        await self._end(events.error("ContextDeleted", f"Context {self.id} was deleted"))

    async def _end(self, why: Event) -> None:
        # Whoever comes from now on finds no kernel and starts one.
        kernel, self._kernel = self._kernel, None
        tasks = list(self._executions)
        for task in tasks:
            self._executions[task].events.put_nowait(why)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if kernel is not None:
            await kernel.stop()
