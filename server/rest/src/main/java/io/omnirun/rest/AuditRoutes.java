package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Audit;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.Caller;
import java.io.IOException;
import java.util.List;

/** {@code GET /audit}: who has done what in the account, the newest first. */
final class AuditRoutes {
  private static final String NEXT_TOKEN_HEADER = "x-next-token";

  private final Audit audit;

  AuditRoutes(Audit audit) {
    this.audit = audit;
  }

  void list(Exchange exchange, Caller caller) throws IOException {
    AuditQuery query = AuditQueryParameters.parse(exchange.query(), caller);
    List<AuditEntry> oneMore = audit.list(query.withLimit(query.limit() + 1));
    List<AuditEntry> entries = oneMore.subList(0, Math.min(oneMore.size(), query.limit()));
    if (oneMore.size() > entries.size()) {
      exchange.setHeader(NEXT_TOKEN_HEADER, entries.getLast().id().value());
    }
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (AuditEntry entry : entries) {
            write(json, entry);
          }
          json.writeEndArray();
        });
  }

  private static void write(JsonGenerator json, AuditEntry entry) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", entry.id().value());
    json.writeStringField("at", Timestamps.text(entry.at()));
    SandboxJson.writeIfThere(json, "account", entry.account().map(AccountId::value));
    json.writeStringField("actor", entry.origin().actor());
    SandboxJson.writeIfThere(json, "address", entry.origin().address());
    json.writeStringField("action", entry.action().text());
    json.writeStringField("resource", entry.resource());
    json.writeStringField("outcome", entry.outcome().text());
    SandboxJson.writeIfThere(json, "detail", entry.detail());
    json.writeEndObject();
  }
}
