package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.Facts;
import io.omnirun.llm.PromptSize;
import io.omnirun.llm.request.Messages;
import io.omnirun.llm.request.ModelNames;
import io.omnirun.llm.request.Problems;
import io.omnirun.llm.request.Values;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A request for a message: its bytes, and what of it decides where it goes and what it can cost.
 * All else is the provider's to judge.
 *
 * @param betas of Anthropic's that the caller wants; the empty text: none
 */
record MessagesRequest(JsonFields fields, Facts facts, String betas) {
  private static final Set<String> ROLES = Set.of("user", "assistant");

  /** Beyond any model's: sums of such numbers fit a long. */
  private static final long MAX_TOKENS = 100_000_000;

  /**
   * @throws OmniRunException INVALID_REQUEST saying what is wrong
   */
  static MessagesRequest read(byte[] body, String betas) {
    try {
      JsonFields fields = JsonFields.read(body);
      Values values = new Values(fields);
      OptionalLong most = values.integer("max_tokens", 1, MAX_TOKENS);
      if (most.isEmpty()) {
        throw Problems.invalid("field \"max_tokens\" is missing");
      }
      return new MessagesRequest(
          fields,
          new Facts(ModelNames.of(values), values.flag("stream"), prompt(fields), most, 1),
          betas);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "the body is not valid JSON: " + Problems.shown(e), e);
    }
  }

  private static PromptSize prompt(JsonFields fields) throws IOException {
    JsonNode messages = Messages.of(fields);
    for (int i = 0; i < messages.size(); i++) {
      JsonNode role = messages.get(i).path("role");
      if (!role.isTextual() || !ROLES.contains(role.textValue())) {
        throw Problems.invalid("field \"messages[" + i + "].role\" must be user or assistant");
      }
    }
    return size(fields, messages);
  }

  private static PromptSize size(JsonFields fields, JsonNode messages) {
    SourceSizes sources = new SourceSizes();
    sources.look(messages);
    return sources.of(fields.text().length);
  }
}
