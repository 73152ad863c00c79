package io.omnirun.machine;

import io.omnirun.core.ports.GuestSequence;
import io.omnirun.guest.agent.WatchStream;
import io.omnirun.guest.proto.filesystem.EventType;
import io.omnirun.guest.proto.filesystem.FilesystemEvent;
import io.omnirun.model.FileChange;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Translates what the agent tells of a watched directory. */
final class FileWatch implements GuestSequence<FileChange> {
  private final WatchStream stream;
  private final String root;
  private final Runnable whenClosed;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param root the directory's absolute path
   * @param whenClosed runs once
   */
  FileWatch(WatchStream stream, String root, Runnable whenClosed) {
    this.stream = stream;
    this.root = root.endsWith("/") ? root : root + "/";
    this.whenClosed = whenClosed;
  }

  @Override
  public Optional<FileChange> next() {
    Optional<FilesystemEvent> event = stream.next();
    while (event.isPresent()) {
      Optional<FileChange.Kind> kind = kind(event.get().getType());
      if (kind.isPresent()) {
        return Optional.of(new FileChange(kind.get(), root + event.get().getName()));
      }
      event = stream.next();
    }
    return Optional.empty();
  }

  /** Empty for what the API does not tell: changes of permissions alone. */
  private static Optional<FileChange.Kind> kind(EventType type) {
    return switch (type) {
      case EVENT_TYPE_CREATE -> Optional.of(FileChange.Kind.CREATE);
      case EVENT_TYPE_WRITE -> Optional.of(FileChange.Kind.WRITE);
      case EVENT_TYPE_REMOVE -> Optional.of(FileChange.Kind.REMOVE);
      case EVENT_TYPE_RENAME -> Optional.of(FileChange.Kind.RENAME);
      case EVENT_TYPE_CHMOD, EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
    };
  }

  @Override
  public void close() {
    try {
      stream.close();
    } finally {
      if (closed.compareAndSet(false, true)) {
        whenClosed.run();
      }
    }
  }
}
