package io.omnirun.http;

import java.io.IOException;

/** A talk with a client over a WebSocket, and what it needs from outside for that. */
public interface WebSocketTalk extends AutoCloseable {
  /**
   * Talks; called once, on a virtual thread of its own. To return closes the socket as one whose
   * talk is over (1000); whatever is thrown closes it as broken (1011), with the code of an
   * OmniRunException as the reason.
   */
  void talk(WebSocketPeer client) throws IOException;

  /** Called once when all is over, also if no socket came about. */
  @Override
  void close();
}
