package io.omnirun.network;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.omnirun.model.DomainName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * Remembers what names stand for, for as long as that holds, and asks once for all who want to know
 * at the same time. That nobody answered is not remembered. Used by many threads.
 */
public final class CachedNames implements NameResolver {
  /** Some 2 MB. A guest that asks for names without end pushes out those of others, no more. */
  private static final int MAX_NAMES = 10_000;

  private final NameResolver source;
  private final AsyncCache<DomainName, Known> known =
      Caffeine.newBuilder()
          .maximumSize(MAX_NAMES)
          .executor(Thread::startVirtualThread)
          .expireAfter(Expiry.creating((DomainName name, Known value) -> value.left()))
          .buildAsync();

  private record Known(Resolution resolution, long nanoTime) {
    static Known now(Resolution resolution) {
      return new Known(resolution, System.nanoTime());
    }

    Duration left() {
      return resolution.timeToLive().minusNanos(System.nanoTime() - nanoTime);
    }

    /** With the time that is left of it, so that nobody keeps it for longer than we do. */
    Resolution aged() {
      Duration left = left();
      return new Resolution(resolution.addresses(), left.isNegative() ? Duration.ZERO : left);
    }
  }

  public CachedNames(NameResolver source) {
    this.source = source;
  }

  @Override
  public Resolution resolve(DomainName name) throws IOException {
    try {
      return known
          .get(
              name,
              (asked, executor) -> CompletableFuture.supplyAsync(() -> lookUp(asked), executor))
          .get()
          .aged();
    } catch (ExecutionException e) {
      throw new IOException("no name server says what " + name + " is", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a name was looked up");
    }
  }

  private Known lookUp(DomainName name) {
    try {
      return Known.now(source.resolve(name));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }
}
