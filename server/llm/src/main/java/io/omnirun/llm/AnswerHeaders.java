package io.omnirun.llm;

import io.omnirun.http.Exchange;
import io.omnirun.llm.provider.ProviderAnswer;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The headers of a provider's answer that its callers' programs look at. */
final class AnswerHeaders {
  private static final Set<String> PASSED =
      Set.of(
          "retry-after",
          "retry-after-ms",
          "openai-processing-ms",
          "openai-version",
          "x-should-retry");

  private static final List<String> PASSED_PREFIXES =
      List.of("x-ratelimit-", "anthropic-ratelimit-");

  private static final int MAX_LENGTH = 256;
  private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7E]*");

  private AnswerHeaders() {}

  /** Sets them, and the id by which the provider knows the call. */
  static void pass(ProviderAnswer answer, Exchange exchange) {
    answer
        .headers()
        .forEach(
            (name, value) -> {
              if (isPassed(name) && isPlain(value)) {
                exchange.setHeader(name, value);
              }
            });
    String id = answer.header("x-request-id");
    if (!id.isEmpty() && isPlain(id)) {
      exchange.setHeader("x-upstream-request-id", id);
    }
  }

  private static boolean isPassed(String name) {
    return PASSED.contains(name) || PASSED_PREFIXES.stream().anyMatch(name::startsWith);
  }

  private static boolean isPlain(String value) {
    return value.length() <= MAX_LENGTH && PRINTABLE.matcher(value).matches();
  }
}
