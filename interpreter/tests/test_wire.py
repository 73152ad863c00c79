import json
import threading
import time
import unittest
from pathlib import Path

from omnirun_interpreter import limits
from tests.running_service import RunningService
from tests.service_case import ServiceCase


class TestWire(ServiceCase):
    def test_lines_begin_with_the_count_and_end_with_the_end(self) -> None:
        lines = self.service.lines("import sys\nprint('out')\nprint('err', file=sys.stderr)\n'value'", self.service.create())
        self.assertEqual({"type": "number_of_executions", "execution_count": 1}, lines[0])
        self.assertEqual({"type": "end_of_execution"}, lines[-1])
        kept = {line["type"]: line for line in lines}
        self.assertEqual("out\n", kept["stdout"]["text"])
        self.assertEqual("err\n", kept["stderr"]["text"])
        self.assertIn("timestamp", kept["stdout"])
        self.assertEqual({"type": "result", "is_main_result": True, "text": "value"}, kept["result"])

    def test_lines_come_as_they_are_printed(self) -> None:
        stream = self.service.stream("import time\nprint(1)\ntime.sleep(30)", self.service.create())
        began = time.monotonic()
        for line in stream:
            if line["type"] == "stdout":
                break
        self.assertLess(time.monotonic() - began, 10)
        stream.close()  # type: ignore[attr-defined]

    def test_long_prints_come_in_pieces_that_are_no_longer_than_their_text(self) -> None:
        connection = self.service.connect("POST", "/execute", {"code": "print('é' * 1_000_000)"})
        lines = connection.getresponse().read().splitlines()
        connection.close()
        self.assertLess(max(len(line) for line in lines), 2 * limits.MAX_EVENT_CHARACTERS + 200)
        events = [json.loads(line) for line in lines]
        self.assertEqual("é" * 1_000_000 + "\n", "".join(event["text"] for event in events if event["type"] == "stdout"))

    def test_state_persists_in_a_context_and_in_no_other(self) -> None:
        one, other = self.service.create(), self.service.create()
        self.service.lines("x = 5", one)
        self.assertEqual("5", self.service.text("x", one))
        self.assertEqual("NameError", self.service.error("x", other)["name"])

    def test_an_error_has_name_value_and_traceback(self) -> None:
        error = self.service.error("1/0")
        self.assertEqual(("ZeroDivisionError", "division by zero"), (error["name"], error["value"]))
        self.assertIn("1", error["traceback"])

    def test_every_kind_of_result_arrives(self) -> None:
        code = """
from IPython.display import *
display(HTML("<b>"), Markdown("*m*"), SVG("<svg/>"), Latex("$x$"), JSON({"a": 1}), Javascript("j"))
display({"application/pdf": "UERG", "image/jpeg": "SlBH", "application/x-own": "own"}, raw=True)
"""
        shown = [line for line in self.service.lines(code) if line["type"] == "result"]
        merged = {key: value for line in shown for key, value in line.items() if key != "text"}
        self.assertEqual(
            {
                "type": "result",
                "is_main_result": False,
                "html": "<b>",
                "markdown": "*m*",
                "svg": "<svg/>",
                "latex": "$x$",
                "json": {"a": 1},
                "javascript": "j",
                "pdf": "UERG",
                "jpeg": "SlBH",
                "extra": {"application/x-own": "own"},
            },
            merged,
        )

    def test_a_plot_is_a_png(self) -> None:
        lines = self.service.lines("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", self.service.create())
        self.assertTrue(any(line.get("png", "").startswith("iVBOR") for line in lines), lines)

    def test_a_plot_needs_no_show_and_is_shown_once(self) -> None:
        context = self.service.create()
        lines = self.service.lines("import matplotlib.pyplot as plt\nplt.plot([1, 2])", context)
        self.assertEqual(1, sum("png" in line for line in lines), lines)
        self.assertFalse(any("png" in line for line in self.service.lines("1", context)))

    def test_variables_hold_for_one_execution(self) -> None:
        context = self.service.create()
        self.service.lines("import os\nos.environ['KEPT'] = 'kept'", context)
        seen = self.service.text("os.environ['A'] + os.environ['KEPT']", context, env_vars={"A": "b", "KEPT": "other"})
        self.assertEqual("bother", seen)
        self.assertEqual("(None, 'kept')", self.service.text("os.environ.get('A'), os.environ.get('KEPT')", context))

    def test_silence_is_kept_alive(self) -> None:
        lines = self.service.lines("import time\ntime.sleep(6)", self.service.create())
        self.assertIn({"type": "keepalive"}, lines)

    def test_executions_of_one_context_wait_and_others_do_not(self) -> None:
        slow, fast = self.service.create(), self.service.create()
        self.service.lines("import time", slow)
        ends: list[str] = []
        threads = [
            threading.Thread(target=lambda: ends.append(self.service.text("time.sleep(1); 'first'", slow))),
            threading.Thread(target=lambda: ends.append(self.service.text("'second'", slow))),
        ]
        threads[0].start()
        time.sleep(0.3)  # The order in which they are sent is the subject.
        threads[1].start()
        self.assertEqual("fast", self.service.text("'fast'", fast))
        self.assertEqual([], ends)
        for thread in threads:
            thread.join()
        self.assertEqual(["first", "second"], ends)


def _kernels_of(service: RunningService) -> set[str]:
    zygote = service.process.pid
    return set(Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split())


class TestContexts(ServiceCase):
    def test_defaults_are_listed_and_the_newest_is_last(self) -> None:
        created = self.service.create("bash", cwd="/tmp")
        _, listed = self.service.call("GET", "/contexts")
        self.assertLessEqual({"python", "javascript"}, {context["language"] for context in listed})
        self.assertEqual(("bash", "/tmp"), next((c["language"], c["cwd"]) for c in listed if c["id"] == created))
        newest = self.service.create()
        self.assertEqual(newest, self.service.call("GET", "/contexts")[1][-1]["id"])

    def test_the_default_context_is_the_one_that_is_listed(self) -> None:
        self.service.lines("mark = 'default'")
        _, listed = self.service.call("GET", "/contexts")
        first = next(context["id"] for context in listed if context["language"] == "python")
        self.assertEqual("default", self.service.text("mark", first))

    def test_a_context_begins_in_its_directory(self) -> None:
        self.assertEqual("/tmp", self.service.text("import os\nos.getcwd()", self.service.create(cwd="/tmp")))

    def test_a_restart_forgets_and_keeps_the_id(self) -> None:
        context = self.service.create()
        self.service.lines("x = 1", context)
        self.assertEqual(200, self.service.call("POST", f"/contexts/{context}/restart")[0])
        self.assertEqual("NameError", self.service.error("x", context)["name"])

    def test_a_restart_ends_what_runs_and_what_waits(self) -> None:
        context = self.service.create()
        running = self.service.stream("while True: pass", context)
        next(running)
        waiting = self.service.connect("POST", "/execute", {"code": "1", "context_id": context})
        self.assertEqual(200, self.service.call("GET", "/contexts")[0])  # Then it is queued, too.
        self.assertEqual(200, self.service.call("POST", f"/contexts/{context}/restart")[0])
        lines = [list(running), [json.loads(line) for line in waiting.getresponse()]]
        waiting.close()
        for one in lines:
            errors = [(line["name"], line["value"]) for line in one if line["type"] == "error"]
            self.assertEqual([("ContextRestarted", f"Context {context} was restarted")], errors)
            self.assertEqual({"type": "end_of_execution"}, one[-1])
        self.assertEqual("2", self.service.text("1+1", context))

    def test_a_context_that_is_deleted_while_it_restarts_leaves_no_kernel(self) -> None:
        before = _kernels_of(self.service)
        for again in range(3):
            context = self.service.create()
            restart = self.service.connect("POST", f"/contexts/{context}/restart")
            time.sleep(again * 0.03)  # The moments of a restart.
            self.assertEqual(204, self.service.call("DELETE", f"/contexts/{context}")[0])
            self.assertIn(restart.getresponse().status, (200, 404))
            restart.close()
            self.assertEqual(before, _kernels_of(self.service))

    def test_a_deleted_context_is_gone_with_what_runs(self) -> None:
        context = self.service.create()
        stream = self.service.stream("while True: pass", context)
        next(stream)
        self.assertEqual(204, self.service.call("DELETE", f"/contexts/{context}")[0])
        self.assertEqual(["ContextDeleted"], [line["name"] for line in stream if line["type"] == "error"])
        for method, path in (("DELETE", ""), ("POST", "/restart"), ("POST", "/interrupt"), ("GET", "")):
            self.assertEqual((404, f"Context {context} not found"), self.service.call(method, f"/contexts/{context}{path}"))
        self.assertEqual(404, self.service.call("POST", "/execute", {"code": "1", "context_id": context})[0])

    def test_what_is_wrong_with_a_request_is_said(self) -> None:
        for path, body, status, text in (
            ("/execute", {"code": "1", "context_id": "x", "language": "python"}, 400, "Only one of context_id or language"),
            ("/execute", {"code": 1}, 400, "code must be a text"),
            ("/execute", {"code": "1", "language": "r"}, 400, "Language r is not supported; there are python, javascript, bash"),
            ("/execute", {"code": "'\ud800'"}, 400, "code must have no lone surrogates"),
            ("/execute", {"code": "1", "env_vars": {"A": "\ud800"}}, 400, "'A' cannot be an environment variable"),
            ("/execute", {"code": "1", "env_vars": {"A": 1}}, 400, "'A' cannot be an environment variable"),
            ("/execute", b"{", 400, "The body is not JSON"),
            ("/execute", b"[" * 100_000, 400, "The body is not JSON"),
            ("/execute", {"code": "x" * (2 * 1024 * 1024 + 1)}, 400, "code must have at most 2097152 characters"),
            ("/contexts", {"language": "java"}, 400, "Language java is not supported"),
            ("/contexts", {"cwd": "/nowhere"}, 400, "The working directory /nowhere does not exist"),
            ("/contexts", {"cwd": "/" + "x" * 300}, 400, "does not exist"),
            ("/contexts", {"cwd": "/x" * 2500}, 400, "cwd must be an absolute path of at most 4096 characters"),
            ("/contexts", {"cwd": "tmp"}, 400, "cwd must be an absolute path"),
            ("/contexts", {"language": 5}, 400, "language must be a text"),
        ):
            with self.subTest(path=path, text=text):
                answer = self.service.call("POST", path, body)
                self.assertEqual(status, answer[0])
                self.assertIn(text, answer[1])


if __name__ == "__main__":
    unittest.main()
