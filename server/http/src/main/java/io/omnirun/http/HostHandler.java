package io.omnirun.http;

import java.io.IOException;

/** Answers the requests to some host names, in the router's place. Thread-safe. */
public interface HostHandler {
  /**
   * Whether requests to a host are this one's.
   *
   * @param host as the request has it, perhaps with a port; empty if it names none
   */
  boolean takes(String host);

  /**
   * Answers a request; blocks for the client. Whatever is thrown breaks the connection, unless
   * nothing is sent yet: then it is answered as an error of ours.
   */
  void handle(RawExchange exchange) throws IOException;
}
