package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Files;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.QueryParameters;
import io.omnirun.model.Account;
import io.omnirun.model.FileChange;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;

/** The route {@code GET /sandboxes/{id}/files/watch}. */
final class WatchRoute {
  private final Files files;
  private final Clock clock;

  WatchRoute(Files files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  /**
   * Tells of changes until the client hangs up. The guest watches before the answer begins: so what
   * cannot be watched is an error like any other, and no change after that is missed.
   */
  void watch(Exchange exchange, Account account) throws IOException {
    QueryParameters query = exchange.query();
    FileTarget target = FileTarget.of(query);
    boolean recursive = flag(query, "recursive");
    try (GuestSequence<FileChange> changes =
        files
            .in(account, SandboxIds.inPath(exchange))
            .watch(target.path(), recursive, target.user())) {
      if (exchange.isHead()) {
        exchange.stream(HttpStatuses.OK, "text/event-stream", client -> {});
        return;
      }
      exchange.events(
          (events, listenerGone) -> {
            listenerGone.thenRun(changes::close);
            Optional<FileChange> change = changes.next();
            while (change.isPresent()) {
              FileChange told = change.get();
              events.send(json -> write(json, told));
              change = changes.next();
            }
          });
    }
  }

  private static boolean flag(QueryParameters query, String name) {
    return switch (query.optional(name).orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw InvalidRequest.because(
              "query parameter \"%s\" must be true or false".formatted(name));
    };
  }

  private void write(JsonGenerator json, FileChange change) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", change.kind().text());
    json.writeStringField("path", change.path());
    json.writeStringField("name", GuestNames.lastSegment(change.path()));
    json.writeStringField("timestamp", Timestamps.text(clock.instant()));
    json.writeEndObject();
  }
}
