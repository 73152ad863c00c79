package io.omnirun.guest.yamux;

import java.io.IOException;

/** Serves streams that a guest opens. Thread-safe. */
@FunctionalInterface
public interface StreamService {
  /**
   * Serves one, in a thread of its own. When this returns the stream is closed and its place is
   * free, so nothing of it may be left. The guest does not know yet that it is taken: see {@link
   * YamuxStream#acknowledge}.
   *
   * @throws IOException if the stream is not served to its end, as a guest can have it at will
   */
  void serve(YamuxStream stream) throws IOException, InterruptedException;
}
