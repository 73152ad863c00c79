package io.omnirun.llm;

import io.omnirun.http.Exchange;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** The id of a call: the caller's, if it has given one, in its answer and before the provider. */
final class RequestId {
  static final String HEADER = "x-request-id";
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

  private RequestId() {}

  /** Finds it or makes one, and sets it in the answer. */
  static String of(Exchange exchange) {
    List<String> given = exchange.headers(HEADER);
    String id =
        given.size() == 1 && FORM.matcher(given.getFirst()).matches()
            ? given.getFirst()
            : "req_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    exchange.setHeader(HEADER, id);
    return id;
  }
}
