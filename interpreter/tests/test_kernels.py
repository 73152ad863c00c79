import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from tests.running_service import SOURCES
from tests.service_case import ServiceCase


class TestPython(ServiceCase):
    def test_contexts_of_one_zygote_share_no_random_number(self) -> None:
        code = "import random, numpy, uuid, secrets\nrandom.random(), numpy.random.rand(), uuid.uuid4().hex, secrets.token_hex(8)"
        drawn = [self.service.text(code, self.service.create()) for _ in range(2)]
        for one, other in zip(*(text.strip("()").split(", ") for text in drawn), strict=True):
            self.assertNotEqual(one, other)

    def test_nothing_is_left_to_load_for_what_comes_first(self) -> None:
        context = self.service.create()
        self.service.lines("import sys\nbefore = set(sys.modules)", context)
        self.service.lines("import matplotlib.pyplot as plt\nimport numpy\nplt.plot([1, 2])\nplt.show()\nprint(1)", context)
        self.assertEqual("[]", self.service.text("sorted(set(sys.modules) - before)", context))

    def test_the_zygote_has_one_thread(self) -> None:
        threads = list(Path(f"/proc/{self.service.process.pid}/task").iterdir())
        self.assertEqual(1, len(threads))

    def test_kernels_see_nothing_of_the_service(self) -> None:
        context = self.service.create()
        self.assertNotIn("OMNIRUN", self.service.text("import os, sys\n''.join(os.environ)", context))
        self.assertEqual("('', [''])", self.service.text("sys.path[0], sys.argv", context))
        self.assertEqual("__main__", self.service.text("__name__", context))
        self.assertEqual("True", self.service.text("sys.modules['__main__'].__dict__ is globals()", context))

    def test_all_that_programs_print_arrives_before_the_end(self) -> None:
        context = self.service.create()
        for n in range(20):
            self.assertEqual(f"{n}\n", self.service.printed(f"import os\n_ = os.system('echo {n}')", context))

    def test_magics_and_top_level_await_work(self) -> None:
        context = self.service.create()
        self.assertIn("shell", self.service.printed("!echo shell", context))
        self.assertEqual("5", self.service.text("import asyncio\nawait asyncio.sleep(0, 5)", context))

    def test_magics_of_notebooks_work(self) -> None:
        context = self.service.create()
        lines = self.service.lines("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])", context)
        self.assertEqual([1, 0], [sum(key in line for line in lines) for key in ("png", "traceback")], lines)
        self.assertIn("signature_scheme", self.service.printed("%connect_info", context))

    def test_input_is_refused(self) -> None:
        self.assertEqual("StdinNotImplementedError", self.service.error("input()")["name"])


class TestJavaScript(ServiceCase):
    def test_values_output_and_state(self) -> None:
        context = self.service.create("js")
        self.assertEqual("42", self.service.text("const a = await Promise.resolve(41); a + 1", context))
        self.assertEqual("41\nz\n", self.service.printed("console.log(a); console.error(process.env.Z)", context, env_vars={"Z": "z"}))
        self.assertEqual("undefined", self.service.text("typeof process.env.Z", context))
        self.assertEqual("{ x: 1 }", self.service.text("({x: 1})", context))
        self.assertEqual("text", self.service.text("'text'", context))

    def test_errors(self) -> None:
        context = self.service.create("javascript")
        error = self.service.error("throw new TypeError('no')", context)
        self.assertEqual(("TypeError", "no"), (error["name"], error["value"]))
        self.assertEqual("SyntaxError", self.service.error("let =", context)["name"])
        self.assertEqual("Thrown", self.service.error("throw 7", context)["name"])
        self.assertEqual("SyntaxError", self.service.error("function f() {", context)["name"])
        late = "setTimeout(() => { throw Error('late') }, 1); await new Promise(resolve => setTimeout(resolve, 500))"
        self.assertEqual("late", self.service.error(late, context)["value"])

    def test_rich_results(self) -> None:
        lines = self.service.lines("display.html('<b>'); display.png('iVBO'); ({_toSvg: () => '<svg/>'})", language="javascript")
        shown = {key: value for line in lines if line["type"] == "result" for key, value in line.items()}
        self.assertEqual(("<b>", "iVBO", "<svg/>"), (shown["html"], shown["png"], shown["svg"]))

    def test_a_result_that_cannot_be_shown_leaves_executions_in_step(self) -> None:
        context = self.service.create("js")
        self.service.lines("var x = 7", context)
        large = "display.html('x'.repeat(20_000_000)); "
        for code in (
            large + "for (let i = 0; i < 5; i++) display.html('old'); 'old'",
            large + "for (;;);",
            large + "await new Promise(() => {})",
        ):
            with self.subTest(code=code):
                self.assertEqual("ResultTooLargeError", self.service.error(code, context)["name"])
                self.assertEqual("7", self.service.text("x", context))
        self.service.lines("setTimeout(() => display.html('late'), 50)", context)
        time.sleep(0.3)  # The timer is to run while nothing is executed.
        self.assertFalse(any("html" in line for line in self.service.lines("x", context)))
        error = self.service.error(large + "await null; for (;;);", context)
        self.assertIn("has begun anew", error["value"])
        self.assertEqual("2", self.service.text("1 + 1", context))

    def test_contexts_share_no_random_number(self) -> None:
        drawn = [self.service.text("`${Math.random()} ${crypto.randomUUID()}`", self.service.create("js")).split() for _ in range(2)]
        self.assertNotEqual(drawn[0][0], drawn[1][0])
        self.assertNotEqual(drawn[0][1], drawn[1][1])


class TestBash(ServiceCase):
    def test_output_and_state(self) -> None:
        context = self.service.create("bash", cwd="/tmp")
        self.assertEqual("5\nq q'\n", self.service.printed('x=5; cd /; echo $x; echo "$Z"', context, env_vars={"Z": "q q'"}))
        self.assertEqual("/ 5 unset\n", self.service.printed('echo "$PWD $x ${Z-unset}"', context))
        self.assertEqual("1\n2\n", self.service.printed("for i in 1 2\ndo echo $i\ndone", context))

    def test_a_status_is_an_error(self) -> None:
        context = self.service.create("bash")
        self.assertEqual("1", self.service.error("false", context)["value"])
        self.assertEqual("2", self.service.error("for", context)["value"])
        self.assertEqual("127", self.service.error("no-such-program", context)["value"])

    def test_code_that_empties_the_temporary_directory_harms_no_later_code(self) -> None:
        before = set(Path(tempfile.gettempdir()).iterdir())
        context = self.service.create("bash")
        self.assertEqual("1\n", self.service.printed("echo 1", context))
        made = [path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if any(path.glob("code"))]
        self.assertEqual([], made)

    def test_functions_and_aliases_of_the_helpers_names_harm_nothing(self) -> None:
        context = self.service.create("bash")
        words = "printf eval export unset declare alias exec set"
        self.service.lines("".join(f"{word}() {{ :; }}\n" for word in words.split()), context)
        self.service.lines(f"for word in {words} builtin; do builtin alias $word=false; done", context)
        self.assertEqual("v\n", self.service.printed('echo "$A"', context, env_vars={"A": "v"}))
        self.assertEqual("none\n", self.service.printed('echo "${A-none}"', context))
        self.service.lines("B=kept", context)
        self.service.lines("true", context, env_vars={"B": "other"})
        self.assertEqual("kept\n", self.service.printed('echo "$B"', context))

    def test_no_command_waits_for_input(self) -> None:
        self.assertEqual("", self.service.printed("cat; read y", self.service.create("bash")))

    def test_only_the_standard_streams_are_open(self) -> None:
        context = self.service.create("bash")
        self.assertEqual(json.dumps("0 1 2"), json.dumps(self.service.printed("cd /proc/self/fd; echo [0-2]", context).strip()))


class TestPreload(unittest.TestCase):
    def test_the_debugger_is_not_loaded_and_can_be(self) -> None:
        code = (
            "import sys; from omnirun_interpreter import __main__, preload; preload.load(); "
            "assert 'debugpy' not in sys.modules; import debugpy"
        )
        loaded = subprocess.run([sys.executable, "-c", code], cwd=SOURCES, capture_output=True, text=True, check=False)
        self.assertEqual(0, loaded.returncode, loaded.stderr)
