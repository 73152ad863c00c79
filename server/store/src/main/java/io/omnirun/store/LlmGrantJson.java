package io.omnirun.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.OmniRunException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a sandbox may do with language models as a JSON object; none if that is nothing. */
final class LlmGrantJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private LlmGrantJson() {}

  /** The object's fields. Public for Jackson's reflection alone. */
  public record Form(
      List<String> models,
      @Nullable Long capPicodollars,
      @Nullable Long capTokens,
      String onSpent) {}

  static @Nullable String write(Optional<LlmGrant> grant) {
    return grant.isEmpty() ? null : text(form(grant.get()));
  }

  private static Form form(LlmGrant grant) {
    return new Form(
        grant.models(),
        boxed(grant.cap().picodollars()),
        boxed(grant.cap().tokens()),
        grant.onSpent().text());
  }

  private static @Nullable Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static String text(Form form) {
    try {
      return MAPPER.writeValueAsString(form);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a grant cannot be stored", e);
    }
  }

  static Optional<LlmGrant> read(@Nullable String json) {
    return json == null ? Optional.empty() : Optional.of(grant(parse(json)));
  }

  private static Form parse(String json) {
    try {
      return MAPPER.readValue(json, Form.class);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored grant cannot be read", e);
    }
  }

  private static LlmGrant grant(Form form) {
    LlmCap cap =
        new LlmCap(optional(form.capPicodollars()), optional(form.capTokens()), CapPeriod.TOTAL);
    return new LlmGrant(form.models(), cap, onSpent(form.onSpent()));
  }

  private static OptionalLong optional(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static OnSpent onSpent(String text) {
    return OnSpent.parse(text)
        .orElseThrow(() -> new IllegalArgumentException("no grant has onSpent " + text));
  }
}
