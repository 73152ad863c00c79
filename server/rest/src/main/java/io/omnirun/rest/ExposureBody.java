package io.omnirun.rest;

import io.omnirun.core.ExposureRequest;
import io.omnirun.http.JsonFields;
import io.omnirun.model.Visibility;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** The bodies of {@code POST …/exposures} and {@code POST …/exposures/{eid}/refresh}. */
final class ExposureBody {
  private ExposureBody() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field that is wrong
   */
  static ExposureRequest parse(JsonFields body) {
    // A client waits by asking again; that it will is nothing to the server.
    body.flag("waitForReady");
    return new ExposureRequest(
        port(body),
        visibility(body),
        lifetime(body),
        body.optionalString("slug"),
        body.optionalString("openPath"),
        body.flag("preserveHost"));
  }

  private static int port(JsonFields body) {
    OptionalInt port = body.optionalInteger("port", Integer.MIN_VALUE, Integer.MAX_VALUE);
    return port.orElseThrow(
        () -> InvalidRequest.because("field \"port\" is missing; an integer is expected"));
  }

  /** Whoever exposes something wants it seen. */
  private static Visibility visibility(JsonFields body) {
    return body.optionalString("visibility")
        .map(
            text ->
                Visibility.parse(text)
                    .orElseThrow(
                        () ->
                            InvalidRequest.because(
                                "field \"visibility\" must be \"public\" or \"private\"")))
        .orElse(Visibility.PUBLIC);
  }

  /** For how long; empty: as long as may be. */
  static Optional<Duration> lifetime(JsonFields body) {
    OptionalInt seconds =
        body.optionalInteger("requestedTtlSeconds", Integer.MIN_VALUE, Integer.MAX_VALUE);
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(seconds.getAsInt()))
        : Optional.empty();
  }
}
