package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.http.JsonFields;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmCap;
import io.omnirun.model.Picodollars;
import java.io.IOException;
import java.util.List;

/** A cap as the API has it: {@code {"capCents", "capTokens", "period"}}. */
final class LlmCapBody {
  private static final List<String> FIELDS = List.of("capCents", "capTokens", "period");

  private LlmCapBody() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field that is wrong
   */
  static LlmCap parse(JsonFields body) {
    body.allowOnly(FIELDS);
    LlmCap cap =
        new LlmCap(
            LlmBody.picodollars(body),
            body.optionalLong("capTokens", 0, LlmCap.MAX_TOKENS),
            body.optionalString("period").map(LlmCapBody::period).orElse(CapPeriod.MONTH));
    if (!cap.isBound()) {
      throw InvalidRequest.because("a cap needs \"capCents\" or \"capTokens\"");
    }
    return cap;
  }

  private static CapPeriod period(String text) {
    return CapPeriod.parse(text)
        .orElseThrow(() -> InvalidRequest.because("field \"period\" must be day, month or total"));
  }

  static void write(JsonGenerator json, LlmCap cap) throws IOException {
    json.writeStartObject();
    if (cap.picodollars().isPresent()) {
      json.writeNumberField("capCents", Picodollars.cents(cap.picodollars().getAsLong()));
    }
    if (cap.tokens().isPresent()) {
      json.writeNumberField("capTokens", cap.tokens().getAsLong());
    }
    json.writeStringField("period", cap.period().text());
    json.writeEndObject();
  }
}
