package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxSession;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions that this process has with guests, by the sockets in front of them: a caller of the
 * same process opens a stream here and spares the guest's bytes the way through the socket.
 * Thread-safe.
 */
public final class LocalSessions {
  private final Map<Path, YamuxSession> sessions = new ConcurrentHashMap<>();

  /** Adds a session until it ends; it takes the place of one that has ended. */
  public void add(Path socket, YamuxSession session) {
    sessions.put(socket, session);
    session.ended().thenRun(() -> sessions.remove(socket, session));
  }

  /** The session behind a socket, if it is this process that has it and it lasts. */
  public Optional<YamuxSession> of(Path socket) {
    return Optional.ofNullable(sessions.get(socket));
  }
}
