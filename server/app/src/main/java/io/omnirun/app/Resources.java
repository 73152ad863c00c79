package io.omnirun.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process holds; closed in the reverse order, each even if another fails. Used by one
 * thread.
 */
final class Resources implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Resources.class);

  private final Deque<AutoCloseable> held = new ArrayDeque<>();

  /** Remembers a resource and returns it. */
  <T extends AutoCloseable> T add(T resource) {
    held.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!held.isEmpty()) {
      AutoCloseable resource = held.pop();
      try {
        resource.close();
      } catch (Exception e) {
        log.error("{} could not be closed", resource.getClass().getSimpleName(), e);
      }
    }
  }
}
