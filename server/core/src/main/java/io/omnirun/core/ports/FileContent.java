package io.omnirun.core.ports;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * A file, or a part of one, on its way from a guest. Whoever got it closes it.
 *
 * @param lengthBytes of what comes; {@code bytes} ends after so many or fails
 * @param contentRange which part it is, in the words of HTTP's header; empty for the whole file
 * @param bytes throws GUEST_UNREACHABLE if it breaks off
 */
public record FileContent(long lengthBytes, Optional<String> contentRange, InputStream bytes)
    implements AutoCloseable {
  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
