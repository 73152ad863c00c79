package io.omnirun.guest.agent;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file, or a part of one, on its way from the guest. Whoever got it closes it.
 *
 * @param status 200 for the whole file, 206 for the part that was asked for
 * @param length of what comes, in bytes; empty if the agent does not say
 * @param contentRange which part it is, in the words of HTTP's header; empty for the whole file
 * @param content fails with an {@link IOException} if it ends too early; a guest that sends nothing
 *     for long counts as lost
 */
public record Download(
    int status, OptionalLong length, Optional<String> contentRange, InputStream content)
    implements AutoCloseable {

  /** Lets go of the file; what has not come yet is not sent. Idempotent. */
  @Override
  public void close() {
    try {
      content.close();
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }
}
