package io.omnirun.guest.agent;

import io.omnirun.guest.proto.filesystem.FilesystemEvent;
import io.omnirun.guest.proto.filesystem.WatchDirResponse;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.InputStream;
import java.util.Optional;

/**
 * What changes in a directory. Used by one thread; another may close it, which ends the watch in
 * the guest.
 */
public final class WatchStream implements AutoCloseable {
  private final MessageStream<WatchDirResponse> messages;

  private WatchStream(MessageStream<WatchDirResponse> messages) {
    this.messages = messages;
  }

  /** Waits until the watch has begun, so that a refusal is thrown here. */
  static WatchStream open(InputStream input) {
    WatchStream stream =
        new WatchStream(
            new MessageStream<>(input, AgentService.FILESYSTEM, WatchDirResponse.parser()));
    try {
      if (stream.messages.next().filter(WatchDirResponse::hasStart).isEmpty()) {
        throw new OmniRunException(
            ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent did not begin to watch");
      }
      return stream;
    } catch (OmniRunException e) {
      stream.close();
      throw e;
    }
  }

  /**
   * The next event, blocking for it; empty at the end of the stream.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the stream is lost or events were lost
   */
  public Optional<FilesystemEvent> next() {
    Optional<WatchDirResponse> message = messages.next();
    while (message.isPresent() && !message.get().hasFilesystem()) {
      message = messages.next();
    }
    return message.map(WatchDirResponse::getFilesystem);
  }

  /** Ends the watch; a call that waits for an event fails. Idempotent. */
  @Override
  public void close() {
    messages.close();
  }
}
