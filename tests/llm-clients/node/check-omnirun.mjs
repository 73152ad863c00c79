// Requests to the language models as OmniRun's own client, command line and example projects send them; an imitation, for none of them is a package of
// a registry. LLM_USAGE says that there is accounting, which the bare provider does not have.

import assert from "node:assert/strict";
import { apiKey, baseURL, check, finish } from "./checks.mjs";

const messages = [{ role: "user", content: "hi there" }];

/**
 * As the client does: its key in a header of its own, and `stream` always there.
 *
 * @param {string} model
 * @param {boolean} stream
 */
const ask = (model, stream) =>
  fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "X-API-Key": apiKey, "Content-Type": "application/json" },
    body: JSON.stringify({ model, messages, stream }),
  });

await check("omnirun: plain, by X-API-Key", async () => {
  const response = await ask("text", false);
  assert.ok(response.headers.get("content-type")?.includes("application/json"));
  const reply = /** @type {any} */ (await response.json());
  assert.equal(reply.choices[0].message.content, "👋 You said: hi there");
  assert.equal(reply.usage.total_tokens, 7);
  assert.ok(reply.usage.cost === undefined || typeof reply.usage.cost === "number");
});

await check("omnirun: plain, by Bearer and without stream, as the examples have it", async () => {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: "text", messages }),
  });
  assert.equal(/** @type {any} */ (await response.json()).choices[0].message.content, "👋 You said: hi there");
});

await check("omnirun: stream, read by the client's own rules", async () => {
  const text = await (await ask("text", true)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice("data: ".length));
  assert.equal(lines.at(-1), "[DONE]");
  const said = lines.slice(0, -1).map((line) => JSON.parse(line).choices[0]?.delta?.content ?? "");
  assert.equal(said.join(""), "👋 You said: hi there");
});

await check("omnirun: models", async () => {
  const reply = /** @type {any} */ (await (await fetch(`${baseURL}/models`, { headers: { "X-API-Key": apiKey } })).json());
  assert.ok(reply.data.some((/** @type {{id: string}} */ model) => model.id === "text"));
});

if (process.env.LLM_USAGE) {
  await check("omnirun: usage in both spellings", async () => {
    const reply = /** @type {any} */ (await (await fetch(`${baseURL}/usage`, { headers: { "X-API-Key": apiKey } })).json());
    for (const [camel, snake] of [["spendUsedCents", "spend_used_cents"], ["spendCapCents", "spend_cap_cents"], ["remainingCents", "remaining_cents"]]) {
      assert.equal(typeof reply[/** @type {string} */ (camel)], "number", JSON.stringify(reply));
      assert.equal(reply[/** @type {string} */ (camel)], reply[/** @type {string} */ (snake)]);
    }
  });

  await check("omnirun: an error has a message at the top", async () => {
    const response = await ask("no-such-model", false);
    assert.ok(response.status >= 400 && response.status < 500);
    const reply = /** @type {any} */ (await response.json());
    assert.equal(typeof (reply.message ?? reply.error), "string", JSON.stringify(reply));
  });
}

finish();
