package io.omnirun.e2e;

import java.util.Map;

/**
 * Where clients of language models are sent to.
 *
 * @param url the base URL of OpenAI's protocol
 * @param provocations how a status is had; one that is not here, by a model of the name {@code
 *     status-…}
 */
record LlmEndpoint(String url, String key, Map<Integer, Provocation> provocations) {
  /** A model and a key that together are answered with an error. */
  record Provocation(String model, String key) {}

  Provocation provoking(int status) {
    return provocations.getOrDefault(status, new Provocation("status-" + status, key));
  }
}
