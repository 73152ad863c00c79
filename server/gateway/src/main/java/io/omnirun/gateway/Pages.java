package io.omnirun.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.gateway.PreviewAddress.Spelling;
import io.omnirun.http.Html;
import io.omnirun.http.RawExchange;
import io.omnirun.model.PreviewName.SandboxPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * The answers that are ours and not a guest's: a page for who takes HTML, else JSON. Pages hold
 * nothing that the request has brought.
 */
final class Pages {
  private static final JsonFactory JSON = new JsonFactory();

  private static final int OK_TO_RETRY_S = 5;

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="robots" content="noindex">
      <title>%2$s</title>
      <style>
      :root { color-scheme: light dark }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 15vh auto 0; max-width: 34rem; padding: 0 1rem }
      h1 { font-size: 1.5rem; margin: 0 }
      p { margin: .5rem 0 }
      small { opacity: .6 }
      </style>
      </head>
      <body>
      <h1>%2$s</h1>
      <p>%3$s</p>
      <small>OmniRun preview &middot; %1$d</small>
      </body>
      </html>
      """;

  private Pages() {}

  /**
   * Answers a request, of whose answer nothing is sent yet.
   *
   * @param address which the request was for; empty: none that there could be
   */
  static void answer(RawExchange exchange, Optional<PreviewAddress> address, Problem problem)
      throws IOException {
    boolean html = takesHtml(exchange);
    boolean e2b = address.filter(known -> known.spelling() == Spelling.E2B).isPresent();
    int status = e2b ? problem.e2bStatus() : problem.status();
    exchange.begin(status);
    exchange.addHeader("Content-Type", html ? "text/html; charset=utf-8" : "application/json");
    exchange.addHeader("Cache-Control", "no-store");
    exchange.addHeader("X-Content-Type-Options", "nosniff");
    if (html) {
      exchange.addHeader(
          "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    }
    if (status == Problem.BAD_REQUEST.status()) {
      // Where such a request ends is not sure to everybody on the way.
      exchange.addHeader("Connection", "close");
    }
    if (status == Problem.PAUSED.status() || status == Problem.TOO_MANY.status()) {
      exchange.addHeader("Retry-After", Integer.toString(OK_TO_RETRY_S));
    }
    byte[] body = html ? page(status, problem) : json(address, e2b, status, problem);
    exchange.addHeader("Content-Length", Integer.toString(body.length));
    boolean toHead = exchange.method().equals("HEAD");
    exchange.write(ByteBuffer.wrap(toHead ? new byte[0] : body), true);
  }

  /** Whether a client takes HTML: browsers say so, programs do not. */
  static boolean takesHtml(RawExchange exchange) {
    return exchange.header("Accept").toLowerCase(Locale.ROOT).contains("text/html");
  }

  /** The texts are ours; should one ever hold somebody else's words, they stay words. */
  private static byte[] page(int status, Problem problem) {
    return PAGE.formatted(status, Html.escaped(problem.title()), Html.escaped(problem.text()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] json(
      Optional<PreviewAddress> address, boolean e2b, int status, Problem problem)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    String text = e2b ? problem.e2bText() : problem.text();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("error", text);
      json.writeStringField("message", text);
      if (e2b) {
        json.writeNumberField("code", status);
      } else {
        json.writeStringField("code", problem.slug());
      }
      if (address.isPresent() && address.get().name() instanceof SandboxPort named) {
        String id = named.sandbox().value();
        json.writeStringField("sandboxId", e2b ? id.replace("_", "") : id);
        json.writeNumberField("port", named.port());
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
