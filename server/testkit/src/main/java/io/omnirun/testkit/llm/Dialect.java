package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** A provider's protocol. */
interface Dialect {
  Prompt prompt(JsonNode request);

  /** An answer that is not streamed. */
  byte[] whole(Reply reply);

  /** The same as events; the last one says only that it was the last. */
  List<String> events(Reply reply);

  /** The body of an error. */
  byte[] error(int status, String message);

  /** An error as an event. */
  String errorEvent(String message);
}
