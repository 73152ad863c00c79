package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/**
 * An answer of the API, as micro-http writes it: no reason phrase, and no length where there is no
 * body.
 *
 * @param body empty: none
 */
record Answer(int status, String body, boolean deprecated) {
  static Answer done() {
    return new Answer(204, "", false);
  }

  static Answer of(String body) {
    return new Answer(200, body, false);
  }

  byte[] bytes() {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " \r\n");
    head.append("Server: Firecracker API\r\nConnection: keep-alive\r\n");
    if (deprecated) {
      head.append("Deprecation: true\r\n");
    }
    byte[] content = body.getBytes(UTF_8);
    if (content.length > 0) {
      head.append("Content-Type: application/json\r\n");
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.append("\r\n").toString().getBytes(UTF_8));
    all.writeBytes(content);
    return all.toByteArray();
  }
}
