import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omnirun_interpreter import limits
from tests.service_case import ServiceCase

_SAYING_SO = {"python": "print('there')\n", "javascript": "console.log('there'); ", "bash": "echo there; "}


class TestHostileCode(ServiceCase):
    def test_an_endless_loop_is_interrupted_and_the_state_lives(self) -> None:
        for language, loop, mark, seen in (
            ("python", "while True: pass", "x = 7", "x"),
            ("javascript", "for (;;);", "var x = 7", "x"),
            ("javascript", "await new Promise(() => {})", "var x = 7", "x"),
        ):
            with self.subTest(loop=loop):
                context = self.service.create(language)
                self.service.lines(mark, context)
                self._interrupt_until_over(context, self._begun(language, loop, context))
                self.assertEqual("7", self.service.text(seen, context))

    def test_the_error_of_an_interrupt_is_told_however_long_it_takes(self) -> None:
        context = self.service.create()
        self.service.lines(
            "import time\nshell = get_ipython()\nshow = shell._showtraceback\nshell._showtraceback = lambda *a: time.sleep(4) or show(*a)",
            context,
        )
        self._interrupt_until_over(context, self._begun("python", "while True: pass", context))

    def test_an_endless_shell_loop_is_interrupted_and_the_state_lives(self) -> None:
        context = self.service.create("bash")
        self.service.lines("x=7", context)
        for loop in ("while :; do :; done", "sleep 1000"):
            self._interrupt_until_over(context, self._begun("bash", loop, context))
            self.assertEqual("7\n", self.service.printed("echo $x", context))

    def _begun(self, language: str, loop: str, context: str) -> Iterator[dict[str, Any]]:
        """Execute a loop until it is there: it is to be interrupted, not what comes before it."""
        stream = self.service.stream(_SAYING_SO[language] + loop, context)
        said = next(line for line in stream if line["type"] in ("stdout", "error"))
        self.assertEqual("there\n", said.get("text"))
        return stream

    def _interrupt_until_over(self, context: str, stream: Iterator[dict[str, Any]]) -> None:
        self.assertEqual(204, self.service.call("POST", f"/contexts/{context}/interrupt")[0])
        names = [line["name"] for line in stream if line["type"] == "error"]
        self.assertEqual(["KeyboardInterrupt"], names)

    def test_who_leaves_interrupts(self) -> None:
        context = self.service.create()
        self.service.lines("import time\nx = 1", context)
        stream = self._begun("python", "while True: time.sleep(1)", context)
        stream.close()  # type: ignore[attr-defined]
        self.assertEqual("1", self.service.text("x", context))

    def test_who_leaves_at_once_interrupts_too(self) -> None:
        for language, loop, value in (("python", "while True: pass", "2"), ("javascript", "for (;;);", "2"), ("bash", "sleep 1000", "2\n")):
            context = self.service.create(language)
            for again in range(3):
                with self.subTest(language=language, again=again):
                    client = self.service.connect("POST", "/execute", {"code": loop, "context_id": context})
                    time.sleep(again * 0.01)  # The moments of a beginning execution.
                    client.close()
                    ask = self.service.printed if language == "bash" else self.service.text
                    self.assertEqual(value, ask("echo 2" if language == "bash" else "1+1", context))

    def test_who_leaves_while_a_kernel_starts_interrupts_too(self) -> None:
        context = self.service.create()
        for again in range(2):
            self.service.error("import os\nos._exit(1)", context)
            client = self.service.connect("POST", "/execute", {"code": "while True: pass", "context_id": context})
            time.sleep(again * 0.1)  # The moments of a start.
            client.close()
            self.assertEqual("2", self.service.text("1+1", context))

    def test_who_leaves_the_queue_is_not_executed(self) -> None:
        context = self.service.create()
        self.service.lines("import time\nx = 1", context)
        running = self.service.stream("time.sleep(1)", context)
        next(running)
        self.service.connect("POST", "/execute", {"code": "x = 2", "context_id": context}).close()
        list(running)
        self.assertEqual("1", self.service.text("x", context))

    def test_a_kernel_that_exits_is_an_error_and_the_next_begins_anew(self) -> None:
        context, other = self.service.create(), self.service.create()
        self.service.lines("x = 1", other)
        error = self.service.error("import os\nos._exit(3)", context)
        self.assertEqual("KernelDied", error["name"])
        self.assertIn("exited with status 3", error["value"])
        self.assertEqual("2", self.service.text("1+1", context))
        self.assertEqual("1", self.service.text("x", other))

    def test_a_kernel_that_is_killed_is_an_error_also_while_idle(self) -> None:
        context = self.service.create()
        pid = int(self.service.text("import os\nos.getpid()", context))
        error = self.service.error(f"os.kill({pid}, {signal.SIGKILL})", context)
        self.assertIn("memory may have run out", error["value"])
        pid = int(self.service.text("import os\nos.getpid()", context))
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)
        self.assertEqual("2", self.service.text("1+1", context))

    def test_a_language_that_exits_is_an_error_and_begins_anew(self) -> None:
        for language, code, again in (("javascript", "process.exit(3)", "console.log(2)"), ("bash", "exit 3", "echo 2")):
            with self.subTest(language=language):
                context = self.service.create(language)
                error = self.service.error(code, context)
                self.assertEqual("Exited", error["name"])
                self.assertIn("status 3", error["value"])
                self.assertEqual("2\n", self.service.printed(again, context))

    def test_endless_output_is_cut_and_said_and_the_kernel_lives(self) -> None:
        context = self.service.create()
        code = "import itertools\nfor n in range(40):\n    print('x' * 1024 * 1024)"
        printed = self.service.printed(code, context)
        self.assertLess(len(printed), limits.MAX_OUTPUT_CHARACTERS + 1000)
        self.assertIn("[output truncated: an execution may print 16777216 characters]", printed[-1000:])
        self.assertEqual("short\n", self.service.printed("print('short')", context))

    def test_endless_output_of_programs_is_cut_too(self) -> None:
        context = self.service.create("bash")
        printed = self.service.printed("head -c 30000000 /dev/zero | tr '\\0' x; echo done >&2", context)
        self.assertLess(len(printed), limits.MAX_OUTPUT_CHARACTERS + 1000)
        self.assertIn("[output truncated", printed)

    def test_bytes_that_are_no_text_do_not_stop_the_stream(self) -> None:
        context = self.service.create()
        printed = self.service.printed("import os\nos.write(1, b'\\xff\\xfe' * 100_000)\nos.system('echo after')", context)
        self.assertIn("\ufffd", printed)
        self.assertIn("after", printed)
        self.assertEqual("\ufffd\n", self.service.printed("print('\\udcff')", context))

    def test_a_result_that_is_too_large_is_an_error_and_the_kernel_lives(self) -> None:
        context = self.service.create()
        code = "from IPython.display import display\ndisplay({'image/png': 'A' * 70_000_000}, raw=True)"
        error = self.service.error(code, context)
        self.assertEqual("ResultTooLargeError", error["name"])
        self.assertIn("at most 7864320", error["value"])
        self.assertEqual("ResultTooLargeError", self.service.error("'A' * 20_000_000", context)["name"])
        self.assertEqual("2", self.service.text("1+1", context))

    def test_a_long_error_is_cut(self) -> None:
        for language, code in (("python", "raise ValueError('x' * 9_000_000)"), ("javascript", "throw new Error('x'.repeat(9_000_000))")):
            error = self.service.error(code, self.service.create(language))
            self.assertEqual("x" * limits.MAX_ERROR_CHARACTERS + "[cut]", error["value"])
            self.assertLess(len(error["traceback"]), limits.MAX_ERROR_CHARACTERS + 10)

    def test_lone_surrogates_are_replaced(self) -> None:
        python, javascript = self.service.create(), self.service.create("js")
        self.assertEqual("a\ufffd\n", self.service.printed("print('a\\ud800')", python))
        self.assertEqual("a\ufffd", self.service.error("raise ValueError('a\\ud800')", python)["value"])
        html = self.service.lines("from IPython.display import *\ndisplay({'text/html': 'a\\ud800'}, raw=True)", python)
        self.assertEqual(["a\ufffd"], [line["html"] for line in html if line["type"] == "result"])
        self.assertEqual("a\ufffd", self.service.error("throw new Error('a\\ud800')", javascript)["value"])
        html = self.service.lines("display.html('a\\ud800')", javascript)
        self.assertEqual(["a\ufffd"], [line["html"] for line in html if line["type"] == "result"])
        self.assertEqual("2", self.service.text("1+1", javascript))

    def test_values_that_are_no_texts_become_texts(self) -> None:
        shown = "from IPython.display import display\ndisplay({'text/html': 5, 'text/latex': ['a', 'b'], 'text/plain': [1]}, raw=True)"
        for language, code in (
            ("python", shown),
            ("javascript", "display.mime({'text/html': 5, 'text/latex': ['a', 'b'], 'text/plain': [1]})"),
        ):
            line = next(line for line in self.service.lines(code, language=language) if line["type"] == "result")
            self.assertEqual(("5", "ab", "[1]"), (line["html"], line["latex"], line["text"]))

    def test_json_that_is_nested_too_deep_is_an_error(self) -> None:
        deep = "let x = []; for (let i = 0; i < 600; i++) x = [x]; display.json(x)"
        self.assertIn("nested deeper than 500", self.service.error(deep, self.service.create("js"))["value"])
        deep = "x = []\nfor _ in range(600): x = [x]\nfrom IPython.display import display\ndisplay({'application/json': x}, raw=True)"
        self.assertIn("nested deeper than 500", self.service.error(deep)["value"])

    def test_endless_results_are_cut(self) -> None:
        context = self.service.create()
        code = "from IPython.display import display\nfor _ in range(10): display({'image/png': 'A' * 7_000_000}, raw=True)"
        self.assertEqual("ResultTooLargeError", self.service.error(code, context)["name"])

    def test_endless_messages_of_other_types_are_cut(self) -> None:
        context = self.service.create()
        code = "k = get_ipython().kernel\nfor _ in range(6): k.session.send(k.iopub_socket, 'comm_msg', {'data': 'x' * 10_000_000})"
        self.assertEqual("ResultTooLargeError", self.service.error(code, context)["name"])
        errors = "try: 1/0\nexcept ZeroDivisionError:\n  for _ in range(110): get_ipython().showtraceback()"
        lines = self.service.lines(errors, context)
        self.assertEqual(limits.MAX_ERRORS, sum(line["type"] == "error" for line in lines))

    def test_what_threads_say_while_nothing_is_executed_takes_no_memory_of_the_service(self) -> None:
        context = self.service.create()
        code = "import threading, time\ndef say():\n  while not gone.wait(0.01): print('x' * 100_000, flush=True)\ngone = threading.Event()"
        self.service.lines(code, context)
        service = Path(f"/proc/{self.service.text('import os; os.getppid()', context)}")
        child = next(iter((service / "task" / service.name / "children").read_text().split()))
        before = _resident_bytes(child)
        self.service.lines("threading.Thread(target=say).start()", context)
        time.sleep(1.5)  # The time in which it would grow by 15 MB.
        self.assertLess(_resident_bytes(child) - before, 8_000_000)
        self.assertEqual("2", self.service.text("gone.set(); 1+1", context))

    def test_a_body_that_is_too_large_is_refused(self) -> None:
        with socket.create_connection(("127.0.0.1", self.service.port)) as client:
            client.sendall(f"POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: {limits.MAX_BODY_BYTES + 1}\r\n\r\n".encode())
            self.assertIn(b" 400 ", client.makefile("rb").readline())

    def test_the_queue_of_a_context_has_an_end(self) -> None:
        context = self.service.create()
        running = self.service.stream("import time\ntime.sleep(1000)", context)
        next(running)
        body = {"code": "1", "context_id": context}
        waiting = [self.service.connect("POST", "/execute", body) for _ in range(limits.MAX_WAITING)]
        for connection in waiting:
            connection.sock.settimeout(60)
            connection.getresponse()  # The head comes when it is queued.
        self.assertEqual((429, f"Context {context} has 32 executions waiting already"), self.service.call("POST", "/execute", body))
        self.assertEqual("2", self.service.text("1+1", self.service.create()))
        self.service.call("DELETE", f"/contexts/{context}")
        for connection in waiting:
            connection.close()

    def test_code_that_closes_its_streams_harms_itself_alone(self) -> None:
        context = self.service.create()
        self.service.lines("import os\nos.close(1); os.close(2)\nos.closerange(3, 9)", context, language=None)
        self.assertEqual("2", self.service.text("1+1", self.service.create()))


def _resident_bytes(pid: str) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class TestManyContexts(ServiceCase):
    def test_the_hundred_and_first_context_is_refused_and_the_others_live(self) -> None:
        while len(contexts := self.service.call("GET", "/contexts")[1]) < limits.MAX_CONTEXTS:
            self.service.create("python")
        status, text = self.service.call("POST", "/contexts", {"cwd": "/"})
        self.assertEqual(429, status)
        self.assertIn("100 contexts", text)
        self.assertEqual("2", self.service.text("1+1", contexts[50]["id"]))
