// What both programs of this folder have in common: where the server is, and how a check is named and counted.

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const baseURL = setting("LLM_BASE_URL");
export const apiKey = setting("LLM_API_KEY");

/**
 * How a status is provoked: by a model, a key, or both. Without LLM_ERRORS the model's name does it, which is what the fake provider understands.
 *
 * @param {number} status
 * @returns {{model: string, key: string}}
 */
export function provoking(status) {
  const ways = /** @type {Record<string, {model?: string, key?: string}>} */ (JSON.parse(process.env.LLM_ERRORS ?? "{}"));
  const way = ways[String(status)] ?? { model: `status-${status}` };
  return { model: way.model ?? "text", key: way.key ?? apiKey };
}

let failed = 0;

/**
 * @param {string} name
 * @param {() => Promise<void>} body
 */
export async function check(name, body) {
  try {
    await body();
    console.log(`--- PASS: ${name}`);
  } catch (error) {
    failed++;
    console.log(error instanceof Error ? error.stack : error);
    console.log(`--- FAIL: ${name}`);
  }
}

/** Ends the program, with a status that says whether all has passed. */
export function finish() {
  process.exit(failed === 0 ? 0 : 1);
}
