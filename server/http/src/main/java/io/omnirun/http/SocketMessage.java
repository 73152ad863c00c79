package io.omnirun.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a client sends over a WebSocket. */
public sealed interface SocketMessage {
  /** Bytes; the array is the receiver's own. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares messages.
  record Binary(byte[] bytes) implements SocketMessage {}

  /** Text. */
  record Text(String text) implements SocketMessage {
    /**
     * The text as a JSON object.
     *
     * @throws io.omnirun.model.OmniRunException INVALID_REQUEST
     */
    public JsonFields fields() throws IOException {
      return JsonBody.readObject(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
  }
}
