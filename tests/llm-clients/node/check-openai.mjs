// The official JavaScript client of OpenAI's, unmodified, against LLM_BASE_URL, which has the fake provider behind it.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { apiKey, baseURL, check, finish, provoking } from "./checks.mjs";

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 30_000 });
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** @type {OpenAI.ChatCompletionMessageParam[]} */
const messages = [{ role: "user", content: "hi there" }];

/** @type {OpenAI.ChatCompletionTool[]} */
const tools = ["weather", "clock"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } } },
}));

/**
 * @param {string} model
 * @param {Partial<OpenAI.ChatCompletionCreateParamsStreaming>} [more]
 */
async function chunksOf(model, more = {}) {
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ model, messages, ...more, stream: true })) chunks.push(chunk);
  return chunks;
}

/** @param {OpenAI.ChatCompletionChunk[]} chunks */
const textOf = (chunks) => chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? "").join("");

await check("node: plain", async () => {
  const { choices, usage } = await client.chat.completions.create({ model: "text", messages });
  assert.equal(choices[0]?.message.content, "👋 You said: hi there");
  assert.equal(choices[0]?.finish_reason, "stop");
  assert.equal(usage?.total_tokens, 7);
});

await check("node: stream", async () => {
  const chunks = await chunksOf("text");
  assert.equal(textOf(chunks), "👋 You said: hi there");
  assert.equal(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.created} ${chunk.model}`)).size, 1);
  assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, "stop");
});

await check("node: torn and merged streams, comments, no space, no [DONE]", async () => {
  for (const model of ["text+torn", "text+merged", "text+comments", "text+no-space", "text+crlf", "text+no-done"]) {
    assert.equal(textOf(await chunksOf(model)), "👋 You said: hi there", model);
  }
});

await check("node: tools, whole", async () => {
  const { choices } = await client.chat.completions.create({ model: "tools", messages, tools });
  const calls = choices[0]?.message.tool_calls ?? [];
  assert.deepEqual(calls.map((call) => call.type === "function" && call.function.name), ["weather", "clock"]);
  assert.equal(choices[0]?.finish_reason, "tool_calls");
});

await check("node: tools, streamed arguments joined", async () => {
  /** @type {Map<number, {id: string, name: string, arguments: string}>} */
  const calls = new Map();
  for (const chunk of await chunksOf("tools", { tools })) {
    for (const part of chunk.choices[0]?.delta.tool_calls ?? []) {
      const call = calls.get(part.index) ?? { id: "", name: "", arguments: "" };
      call.id += part.id ?? "";
      call.name += part.function?.name ?? "";
      call.arguments += part.function?.arguments ?? "";
      calls.set(part.index, call);
    }
  }
  assert.deepEqual([...calls.values()].map((call) => [call.id, call.name, JSON.parse(call.arguments)]), [
    ["call_1", "weather", { city: "Paris", days: 12 }],
    ["call_2", "clock", { city: 'Zürich "Nord"', days: 3 }],
  ]);
});

await check("node: tools' answers", async () => {
  /** @type {OpenAI.ChatCompletionMessageParam[]} */
  const answered = [
    ...messages,
    { role: "assistant", tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "call_1", content: "sunny" },
  ];
  const { choices } = await client.chat.completions.create({ model: "tools", messages: answered, tools });
  assert.equal(choices[0]?.message.content, "The tools said: sunny");
});

await check("node: image in content", async () => {
  const { choices } = await client.chat.completions.create({
    model: "image",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
        ],
      },
    ],
  });
  assert.equal(choices[0]?.message.content, "I saw image/png of 70 bytes");
});

await check("node: image of megabytes", async () => {
  const url = `data:image/png;base64,${Buffer.alloc(4_000_000, 7).toString("base64")}`;
  const { choices } = await client.chat.completions.create({
    model: "image",
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  });
  assert.equal(choices[0]?.message.content, "I saw image/png of 4000000 bytes");
});

await check("node: n = 2", async () => {
  const { choices } = await client.chat.completions.create({ model: "text", messages, n: 2 });
  assert.deepEqual(choices.map((choice) => choice.message.content), ["👋 You said: hi there", "👋 You said: hi there (choice 1)"]);
  const chunks = await chunksOf("text", { n: 2 });
  assert.deepEqual(new Set(chunks.map((chunk) => chunk.choices[0]?.index)), new Set([0, 1]));
});

await check("node: logprobs", async () => {
  const { choices } = await client.chat.completions.create({ model: "text", messages, logprobs: true, top_logprobs: 2 });
  assert.equal(choices[0]?.logprobs?.content?.[0]?.logprob, -0.25);
  assert.equal(choices[0]?.logprobs?.content?.[0]?.top_logprobs.length, 2);
  const chunks = await chunksOf("text", { logprobs: true });
  assert.equal(chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? []).length, 5);
});

await check("node: refusal", async () => {
  const { choices } = await client.chat.completions.create({ model: "refusal", messages });
  assert.equal(choices[0]?.message.refusal, "I cannot help with that.");
  assert.equal(choices[0]?.message.content, null);
  const refused = (await chunksOf("refusal")).map((chunk) => chunk.choices[0]?.delta.refusal ?? "").join("");
  assert.equal(refused, "I cannot help with that.");
});

await check("node: usage chunk if asked for", async () => {
  const chunks = await chunksOf("reasoning", { stream_options: { include_usage: true } });
  assert.deepEqual(chunks.at(-1)?.choices, []);
  assert.equal(chunks.at(-1)?.usage?.prompt_tokens_details?.cached_tokens, 1);
  assert.equal(chunks.at(-1)?.usage?.completion_tokens_details?.reasoning_tokens, 4);
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
});

await check("node: no usage chunk if not asked for", async () => {
  const chunks = await chunksOf("text");
  assert.ok(chunks.every((chunk) => chunk.choices.length === 1));
  assert.ok(chunks.every((chunk) => !("usage" in chunk)));
});

await check("node: unknown fields pass", async () => {
  const whole = await client.chat.completions.create({ model: "unknown-fields", messages });
  assert.deepEqual(/** @type {any} */ (whole).x_unknown, { deep: 1.1, list: ["ü", null] });
  const chunks = await chunksOf("unknown-fields");
  assert.ok(chunks.every((chunk) => /** @type {any} */ (chunk).obfuscation));
  assert.equal(chunks[0]?.service_tier, "default");
});

await check("node: max_tokens", async () => {
  const { choices } = await client.chat.completions.create({ model: "words-50", messages, max_completion_tokens: 10 });
  assert.equal(choices[0]?.finish_reason, "length");
});

await check("node: models", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes("text"), ids.join());
});

/** @type {[number, new (...parameters: any[]) => InstanceType<typeof OpenAI.APIError>][]} */
const TYPES = [
  [400, OpenAI.BadRequestError],
  [401, OpenAI.AuthenticationError],
  [402, OpenAI.APIError],
  [404, OpenAI.NotFoundError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
];

for (const [status, type] of TYPES) {
  await check(`node: typed error for ${status}`, async () => {
    const { model, key } = provoking(status);
    for (const stream of [false, true]) {
      const asked = client.withOptions({ apiKey: key }).chat.completions.create({ model, messages, stream });
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof type, String(error));
        assert.ok(status >= 500 ? (error.status ?? 0) >= 500 : error.status === status, `status ${error.status}`);
        assert.ok(error.message.length > 4 && error.requestID, error.message);
        return true;
      });
    }
  });
}

await check("node: an error in mid-stream raises", async () => {
  let read = 0;
  const reading = async () => {
    for await (const _ of await client.chat.completions.create({ model: "error-mid-stream", messages, stream: true })) read++;
  };
  await assert.rejects(reading, OpenAI.APIError);
  assert.ok(read > 0);
});

await check("node: a stream that is cut does not end as if it were whole", async () => {
  await assert.rejects(chunksOf("cut"));
});

await check("node: chunks arrive while the rest is not there yet", async () => {
  const stream = await client.chat.completions.create({ model: "stall", messages, stream: true });
  const first = await stream[Symbol.asyncIterator]().next();
  assert.equal(first.value?.choices[0]?.delta.role, "assistant");
  stream.controller.abort();
});

await check("node: breaking out of a stream closes it", async () => {
  const stream = await client.chat.completions.create({ model: "endless+gap-5", messages, stream: true });
  let read = 0;
  for await (const _ of stream) if (++read === 20) break;
  assert.ok(stream.controller.signal.aborted);
});

finish();
