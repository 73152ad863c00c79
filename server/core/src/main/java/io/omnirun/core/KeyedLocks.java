package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One lock for each key, of which there is none while nobody holds it or waits for it: whoever is
 * slow keeps nobody with another key waiting. Thread-safe; reentrant.
 */
final class KeyedLocks<K> {
  /**
   * @param users who hold it or wait for it
   */
  private record Entry(ReentrantLock lock, int users) {}

  private final Map<K, Entry> entries = new ConcurrentHashMap<>();

  /** Runs an action alone among those of that key. */
  <T> T with(K key, Supplier<T> action) {
    ReentrantLock lock =
        requireNonNull(
                entries.compute(
                    key,
                    (ignored, entry) ->
                        entry == null
                            ? new Entry(new ReentrantLock(), 1)
                            : new Entry(entry.lock(), entry.users() + 1)))
            .lock();
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
      entries.computeIfPresent(
          key,
          (ignored, entry) ->
              entry.users() == 1 ? null : new Entry(entry.lock(), entry.users() - 1));
    }
  }

  /** The same for what has no result. */
  void run(K key, Runnable action) {
    with(
        key,
        () -> {
          action.run();
          return true;
        });
  }

  /** Keys that somebody uses now. */
  int size() {
    return entries.size();
  }
}
