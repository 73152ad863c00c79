package io.omnirun.rest;

import io.omnirun.core.Files;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The routes at {@code /sandboxes/{id}/files}. Files go through in pieces, whatever their size. */
final class FileRoutes {
  /** Room for 64 MiB of text of which every second character is escaped. */
  static final long BODY_LIMIT_BYTES = 128L * 1024 * 1024;

  private static final byte[] BEFORE_CONTENT = "{\"content\":\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] BEHIND_CONTENT = "\"}".getBytes(StandardCharsets.UTF_8);

  private final Files files;
  private final SpoolFiles spoolFiles;

  FileRoutes(Files files, SpoolFiles spoolFiles) {
    this.spoolFiles = spoolFiles;
    this.files = files;
  }

  void write(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    exchange.requireJsonType();
    // Nobody is to send 128 MiB before being told that the sandbox does not run.
    files.requireRunning(account, id);
    FileUpload.Written written =
        new FileUpload(
                exchange.body(BODY_LIMIT_BYTES),
                (path, user, content) -> files.write(account, id, path, user, content),
                () -> exchange.holdBody(ContentSpool.MEMORY_BYTES),
                spoolFiles)
            .perform();
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("path", written.path());
          json.writeStringField("name", GuestNames.lastSegment(written.path()));
          json.writeNumberField("size", written.sizeBytes());
          json.writeEndObject();
        });
  }

  void read(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    FileTarget target = FileTarget.of(exchange.query());
    try (InputStream content = files.read(account, id, target.path(), target.user())) {
      exchange.stream(
          HttpStatuses.OK,
          Exchange.JSON_TYPE,
          client -> {
            if (!exchange.isHead()) {
              writeContent(content, client);
            }
          });
    }
  }

  private static void writeContent(InputStream content, OutputStream client) throws IOException {
    client.write(BEFORE_CONTENT);
    new JsonTextWriter(client).copy(content);
    client.write(BEHIND_CONTENT);
  }
}
