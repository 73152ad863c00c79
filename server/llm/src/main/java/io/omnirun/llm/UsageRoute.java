package io.omnirun.llm;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.llm.LlmUsageReports;
import io.omnirun.core.llm.LlmUsageReports.Report;
import io.omnirun.core.llm.LlmUsageReports.Standing;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.Picodollars;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** What an account has spent. Clients disagree about the spelling, and get both. */
final class UsageRoute {
  /** A month of some models, tokens and sandboxes; older days are cut off. */
  static final int MAX_ROWS = 1_000;

  private final LlmUsageReports reports;

  UsageRoute(LlmUsageReports reports) {
    this.reports = reports;
  }

  void show(Exchange exchange, LlmCaller caller) throws IOException {
    Report report = reports.of(caller, MAX_ROWS);
    exchange.json(HttpStatuses.OK, json -> write(json, report));
  }

  private static void write(JsonGenerator json, Report report) throws IOException {
    json.writeStartObject();
    writeStanding(json, report.whole());
    json.writeArrayFieldStart("own");
    for (Standing own : report.own()) {
      json.writeStartObject();
      writeStanding(json, own);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("breakdown");
    for (LlmUsageRow row : report.rows()) {
      write(json, row);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeStanding(JsonGenerator json, Standing standing) throws IOException {
    long spent = standing.spent().picodollars();
    OptionalLong cap = standing.cap().picodollars();
    OptionalLong left =
        cap.isPresent() ? OptionalLong.of(Math.max(0, cap.getAsLong() - spent)) : cap;
    json.writeStringField("subject", standing.budget().subject().text());
    writeCents(json, "spendUsedCents", "spend_used_cents", OptionalLong.of(spent));
    writeCents(json, "spendCapCents", "spend_cap_cents", cap);
    writeCents(json, "remainingCents", "remaining_cents", left);
    json.writeStringField("period", standing.cap().period().text());
    json.writeStringField("periodStart", standing.budget().periodStart().toString());
    json.writeNumberField("tokensUsed", standing.spent().tokens());
    writeLong(json, "tokensCap", standing.cap().tokens());
  }

  private static void writeCents(
      JsonGenerator json, String name, String otherName, OptionalLong picodollars)
      throws IOException {
    for (String field : new String[] {name, otherName}) {
      if (picodollars.isPresent()) {
        json.writeNumberField(field, Picodollars.cents(picodollars.getAsLong()));
      } else {
        json.writeNullField(field);
      }
    }
  }

  private static void writeLong(JsonGenerator json, String field, OptionalLong value)
      throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(field, value.getAsLong());
    } else {
      json.writeNullField(field);
    }
  }

  private static void write(JsonGenerator json, LlmUsageRow row) throws IOException {
    json.writeStartObject();
    json.writeStringField("day", row.day().toString());
    json.writeStringField("model", row.model());
    writeText(json, "tokenID", row.token().map(Object::toString));
    writeText(json, "sandboxID", row.sandbox().map(Object::toString));
    json.writeNumberField("calls", row.calls());
    json.writeNumberField("estimatedCalls", row.estimatedCalls());
    json.writeNumberField("promptTokens", row.tokens().prompt());
    json.writeNumberField("cachedTokens", row.tokens().cached());
    json.writeNumberField("completionTokens", row.tokens().completion());
    json.writeNumberField("reasoningTokens", row.tokens().reasoning());
    json.writeNumberField("costCents", Picodollars.cents(row.costPicodollars()));
    json.writeEndObject();
  }

  private static void writeText(JsonGenerator json, String field, Optional<String> text)
      throws IOException {
    if (text.isPresent()) {
      json.writeStringField(field, text.get());
    } else {
      json.writeNullField(field);
    }
  }
}
