"""The official Python client of OpenAI's, unmodified, against LLM_BASE_URL, which has the fake provider behind it."""

import base64
import json
import os
import sys
import unittest
from typing import Any

import openai
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageParam,
)

KEY = os.environ["LLM_API_KEY"]
CLIENT = openai.OpenAI(base_url=os.environ["LLM_BASE_URL"], api_key=KEY, max_retries=0, timeout=30)
ERRORS: dict[str, dict[str, str]] = json.loads(os.environ.get("LLM_ERRORS", "{}"))
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hi there"}]
SAID = "👋 You said: hi there"
TOOLS: list[ChatCompletionFunctionToolParam] = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("weather", "clock")
]


def chunks_of(model: str, **more: Any) -> list[ChatCompletionChunk]:
    """Read all chunks of a stream."""
    with CLIENT.chat.completions.create(model=model, messages=MESSAGES, stream=True, **more) as stream:
        return list(stream)


def text_of(chunks: list[ChatCompletionChunk]) -> str:
    """Join what the first choice says."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


class OfficialClient(unittest.TestCase):
    """Each test is a thing that programs do with the client."""

    def test_plain(self) -> None:
        completion = CLIENT.chat.completions.create(model="text", messages=MESSAGES)
        self.assertEqual(completion.choices[0].message.content, SAID)
        assert completion.usage
        self.assertEqual(completion.usage.total_tokens, 7)

    def test_stream(self) -> None:
        chunks = chunks_of("text")
        self.assertEqual(text_of(chunks), SAID)
        self.assertEqual(len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}), 1)
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")

    def test_unusual_streams(self) -> None:
        for habit in ("torn", "merged", "comments", "no-space", "crlf", "no-done"):
            with self.subTest(habit):
                self.assertEqual(text_of(chunks_of("text+" + habit)), SAID)

    def test_tools_whole(self) -> None:
        choice = CLIENT.chat.completions.create(model="tools", messages=MESSAGES, tools=TOOLS).choices[0]
        calls = [call for call in choice.message.tool_calls or [] if isinstance(call, ChatCompletionMessageFunctionToolCall)]
        self.assertEqual([call.function.name for call in calls], ["weather", "clock"])
        self.assertEqual(choice.finish_reason, "tool_calls")

    def test_tools_streamed_arguments_joined(self) -> None:
        names: dict[int, str] = {}
        arguments: dict[int, str] = {}
        for chunk in chunks_of("tools", tools=TOOLS):
            for part in chunk.choices[0].delta.tool_calls or []:
                assert part.function
                names[part.index] = names.get(part.index, "") + (part.function.name or "")
                arguments[part.index] = arguments.get(part.index, "") + (part.function.arguments or "")
        self.assertEqual(names, {0: "weather", 1: "clock"})
        self.assertEqual(json.loads(arguments[0]), {"city": "Paris", "days": 12})
        self.assertEqual(json.loads(arguments[1]), {"city": 'Zürich "Nord"', "days": 3})

    def test_image_in_content(self) -> None:
        for size in (70, 4_000_000):
            url = "data:image/png;base64," + base64.b64encode(bytes(size)).decode()
            content: Any = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
            completion = CLIENT.chat.completions.create(model="image", messages=[{"role": "user", "content": content}])
            self.assertEqual(completion.choices[0].message.content, f"I saw image/png of {size} bytes")

    def test_two_choices(self) -> None:
        choices = CLIENT.chat.completions.create(model="text", messages=MESSAGES, n=2).choices
        self.assertEqual([choice.message.content for choice in choices], [SAID, SAID + " (choice 1)"])
        self.assertEqual({chunk.choices[0].index for chunk in chunks_of("text", n=2)}, {0, 1})

    def test_logprobs(self) -> None:
        logprobs = CLIENT.chat.completions.create(model="text", messages=MESSAGES, logprobs=True, top_logprobs=2).choices[0].logprobs
        assert logprobs and logprobs.content
        self.assertEqual(logprobs.content[0].logprob, -0.25)
        self.assertEqual(len(logprobs.content[0].top_logprobs), 2)
        streamed = [chunk.choices[0].logprobs for chunk in chunks_of("text", logprobs=True)]
        self.assertEqual(sum(len(part.content or []) for part in streamed if part), 5)

    def test_refusal(self) -> None:
        message = CLIENT.chat.completions.create(model="refusal", messages=MESSAGES).choices[0].message
        self.assertEqual((message.refusal, message.content), ("I cannot help with that.", None))
        refused = "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks_of("refusal"))
        self.assertEqual(refused, "I cannot help with that.")

    def test_usage_chunk_if_asked_for(self) -> None:
        chunks = chunks_of("reasoning", stream_options={"include_usage": True})
        usage = chunks[-1].usage
        assert usage and usage.prompt_tokens_details and usage.completion_tokens_details
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(usage.prompt_tokens_details.cached_tokens, 1)
        self.assertEqual(usage.completion_tokens_details.reasoning_tokens, 4)
        self.assertTrue(all(chunk.usage is None for chunk in chunks[:-1]))

    def test_no_usage_chunk_if_not_asked_for(self) -> None:
        chunks = chunks_of("text")
        self.assertTrue(all(len(chunk.choices) == 1 and "usage" not in chunk.model_fields_set for chunk in chunks))

    def test_unknown_fields_pass(self) -> None:
        whole = CLIENT.chat.completions.create(model="unknown-fields", messages=MESSAGES, extra_body={"x_mine": 1})
        self.assertEqual((whole.model_extra or {})["x_unknown"], {"deep": 1.1, "list": ["ü", None]})
        self.assertTrue(all(chunk.to_dict()["obfuscation"] for chunk in chunks_of("unknown-fields")))

    def test_models(self) -> None:
        self.assertIn("text", [model.id for model in CLIENT.models.list()])

    def test_typed_errors(self) -> None:
        types = {
            400: openai.BadRequestError,
            401: openai.AuthenticationError,
            402: openai.APIStatusError,
            404: openai.NotFoundError,
            429: openai.RateLimitError,
            500: openai.InternalServerError,
        }
        for status, error in types.items():
            for stream in (False, True):
                with self.subTest(status=status, stream=stream):
                    way = ERRORS.get(str(status), {"model": f"status-{status}"})
                    client = CLIENT.with_options(api_key=way.get("key", KEY))
                    with self.assertRaises(error) as raised:
                        client.chat.completions.create(model=way.get("model", "text"), messages=MESSAGES, stream=stream)
                    self.assertEqual(min(raised.exception.status_code, 500), status)
                    self.assertTrue(raised.exception.request_id)

    def test_error_in_mid_stream_raises(self) -> None:
        read = 0
        with self.assertRaises(openai.APIError):
            for _ in CLIENT.chat.completions.create(model="error-mid-stream", messages=MESSAGES, stream=True):
                read += 1
        self.assertGreater(read, 0)

    def test_cut_stream_does_not_end_as_if_it_were_whole(self) -> None:
        with self.assertRaises(Exception):  # noqa: B017 (the client lets its HTTP library's own error through)
            chunks_of("cut")

    def test_chunks_arrive_while_the_rest_is_not_there_yet(self) -> None:
        with CLIENT.chat.completions.create(model="stall", messages=MESSAGES, stream=True) as stream:
            self.assertEqual(next(stream).choices[0].delta.role, "assistant")

    def test_closing_a_stream(self) -> None:
        stream = CLIENT.chat.completions.create(model="endless+gap-5", messages=MESSAGES, stream=True)
        for _ in range(20):
            next(stream)
        stream.close()
        self.assertTrue(stream.response.is_closed)


class CountedResult(unittest.TextTestResult):
    """Prints a line for each test, as Go does, so that ./dev test counts them."""

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's)
        super().startTest(test)
        self.reported = len(self.failures) + len(self.errors)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's)
        failed = len(self.failures) + len(self.errors) > self.reported
        print(f"--- {'FAIL' if failed else 'PASS'}: python: {test.id().rsplit('.', 1)[-1]}", flush=True)
        super().stopTest(test)


if __name__ == "__main__":
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, resultclass=CountedResult)  # type: ignore[arg-type]
    sys.exit(not runner.run(unittest.defaultTestLoader.loadTestsFromTestCase(OfficialClient)).wasSuccessful())
