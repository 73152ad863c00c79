import asyncio
import json
import os
import signal
import socket
import tempfile
import unittest
from pathlib import Path

from omnirun_interpreter import environment, events, limits, memory
from omnirun_interpreter.budget import Budget, ResultTooLargeError
from omnirun_interpreter.errors import RequestError
from omnirun_interpreter.languages import language_named
from omnirun_interpreter.zygote_client import ZygoteClient


class TestEnvironment(unittest.TestCase):
    def test_what_the_agent_wrote_wins_and_its_last_word_most(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "environment"
            file.write_bytes(b"A=b=c\0HOME=/there\0A=s3cret\0EMPTY=\0BYTES=\xff\0")
            variables = environment.sandbox_variables(file)
        self.assertEqual("s3cret", variables["A"])
        self.assertEqual("/there", variables["HOME"])
        self.assertEqual("", variables["EMPTY"])
        self.assertEqual("\udcff", variables["BYTES"])
        self.assertEqual("root", variables["USER"])

    def test_without_an_agent_there_is_a_login(self) -> None:
        self.assertEqual(environment.LOGIN, environment.sandbox_variables(Path("/nowhere")))


class TestBudget(unittest.TestCase):
    def test_what_is_printed_too_much_is_cut_and_said_once(self) -> None:
        budget = Budget()
        self.assertEqual("x" * (limits.MAX_OUTPUT_CHARACTERS - 1), budget.printed("x" * (limits.MAX_OUTPUT_CHARACTERS - 1)))
        self.assertTrue(budget.printed("abc").startswith("a\n[output truncated"))
        self.assertEqual("", budget.printed("abc"))
        budget.renew()
        self.assertEqual("abc", budget.printed("abc"))

    def test_empty_results_meet_a_bound_too(self) -> None:
        budget = Budget()
        with self.assertRaises(ResultTooLargeError):
            for _ in range(limits.MAX_RESULTS_BYTES // limits.RESULT_OVERHEAD + 1):
                budget.show({})

    def test_a_result_counts_what_it_is_in_json(self) -> None:
        for value in ("\n" * 4_000_000, "é" * 4_000_000, ["x" * 8_000_000], {"a": [0] * 4_000_000}):
            with self.assertRaises(ResultTooLargeError):
                Budget().show({"application/json": value})
        Budget().show({"image/png": "A" * 7_800_000})

    def test_flushes_errors_and_small_messages_meet_bounds(self) -> None:
        budget = Budget()
        for _ in range(limits.MAX_OUTPUT_CHARACTERS // limits.MESSAGE_OVERHEAD):
            budget.flushed()
        self.assertIn("[output truncated", budget.printed("abc"))
        self.assertEqual(limits.MAX_ERRORS, sum(budget.may_fail() for _ in range(limits.MAX_ERRORS + 5)))
        with self.assertRaises(ResultTooLargeError):
            for _ in range(limits.MAX_RESULTS_BYTES // limits.MESSAGE_OVERHEAD + 1):
                budget.say(0)


class TestEvents(unittest.TestCase):
    def test_a_text_loses_its_quotes_and_nothing_else(self) -> None:
        for text, shown in (("'a'", "a"), ('"it\'s"', "it's"), ("'a", "'a"), ("'", "'"), ("", ""), ("5", "5")):
            self.assertEqual(shown, events.result({"text/plain": text}, is_main=True)["text"])

    def test_what_clients_do_not_know_is_left_out(self) -> None:
        self.assertEqual([], events.events_of({"msg_type": "clear_output", "content": {}}))


class TestMemory(unittest.TestCase):
    def test_a_kernel_without_room_is_refused_with_the_figures(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "meminfo"
            file.write_text("MemTotal: 100 kB\nMemAvailable: 20480 kB\n")
            with self.assertRaises(RequestError) as refused:
                memory.require_room(file)
            self.assertEqual(507, refused.exception.status)
            self.assertIn("20 MiB of memory left", refused.exception.text)
            file.write_text(f"MemAvailable: {limits.MIN_AVAILABLE_BYTES // 1024} kB\n")
            memory.require_room(file)


class TestLanguages(unittest.TestCase):
    def test_other_names_are_known(self) -> None:
        self.assertEqual("javascript", language_named("JS").name)
        self.assertEqual("javascript", language_named("typescript").name)
        self.assertEqual("javascript", language_named("ts").name)
        self.assertEqual("python", language_named("python3").name)
        with self.assertRaises(RequestError):
            language_named("java")


class TestZygoteClient(unittest.IsolatedAsyncioTestCase):
    async def test_who_goes_gets_his_kernel_killed_and_nobody_else_gets_it(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        client = ZygoteClient(ours, lambda: None)
        self.addCleanup(asyncio.get_running_loop().remove_reader, ours)
        forsaken = await asyncio.create_subprocess_exec("sleep", "1000")
        gone = asyncio.create_task(client.fork("python", Path("/one"), "/"))
        await asyncio.to_thread(theirs.recv, 4096)
        gone.cancel()
        await asyncio.wait({gone})
        stays = asyncio.create_task(client.fork("python", Path("/other"), "/"))
        theirs.send(json.dumps({"pid": forsaken.pid}).encode())
        await asyncio.to_thread(theirs.recv, 4096)
        theirs.send(json.dumps({"pid": 7}).encode())
        pid, _, ready = await stays
        os.close(ready)
        self.assertEqual(7, pid)
        self.assertEqual(-signal.SIGKILL, await forsaken.wait())
