package io.omnirun.rest;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;

/**
 * A place in a list of sandboxes by age: behind the one that it names, which may be gone by now.
 * Opaque to callers; it gives no access to anything.
 */
record PageToken(Instant startedAt, SandboxId id) {
  private static final String SEPARATOR = "/";
  private static final String MALFORMED =
      "query parameter \"next_token\" is none that this server gave; begin again without it";

  static PageToken behind(Sandbox sandbox) {
    return new PageToken(sandbox.startedAt(), sandbox.id());
  }

  /**
   * @throws OmniRunException INVALID_REQUEST if it is no such token
   */
  static PageToken parse(String text) {
    try {
      String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      int separator = plain.indexOf(SEPARATOR);
      return new PageToken(
          Instant.parse(plain.substring(0, Math.max(separator, 0))),
          new SandboxId(plain.substring(separator + 1)));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new OmniRunException(ErrorCode.INVALID_REQUEST, MALFORMED, e);
    }
  }

  String text() {
    String plain = startedAt + SEPARATOR + id;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  boolean isBefore(Sandbox sandbox) {
    int order = startedAt.compareTo(sandbox.startedAt());
    return order < 0 || (order == 0 && id.value().compareTo(sandbox.id().value()) < 0);
  }
}
