package io.omnirun.bench;

import java.nio.charset.StandardCharsets;

/**
 * A way to the fake provider of language models: straight, through our server, through LiteLLM.
 *
 * @param target of requests for chat completions
 * @param key of a caller
 */
record LlmPath(String name, int port, String target, String key) {
  /** A request for a chat completion, as it goes over the wire. */
  byte[] request(String model, boolean stream) {
    String body =
        "{\"model\":\"%s\",\"stream\":%s,\"max_tokens\":1000,\"messages\":[%s]}"
            .formatted(model, stream, "{\"role\":\"user\",\"content\":\"Say some words.\"}");
    String head =
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
            .formatted(target, port, key);
    String rest = "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s";
    return (head + rest.formatted(body.length(), body)).getBytes(StandardCharsets.US_ASCII);
  }
}
