package io.omnirun.network;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.omnirun.model.DomainName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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

  /**
   * What was found out; with a failure in its place, for the moment, since others may wait for it.
   */
  private sealed interface Known {
    Duration left();
  }

  private record Answer(Resolution resolution, long nanoTime) implements Known {
    @Override
    public Duration left() {
      Duration left = resolution.timeToLive().minusNanos(System.nanoTime() - nanoTime);
      return left.isNegative() ? Duration.ZERO : left;
    }

    /** With the time that is left of it, so that nobody keeps it for longer than we do. */
    Resolution aged() {
      return new Resolution(resolution.addresses(), left());
    }
  }

  private record Failure(IOException cause) implements Known {
    @Override
    public Duration left() {
      return Duration.ZERO;
    }
  }

  public CachedNames(NameResolver source) {
    this.source = source;
  }

  @Override
  public Resolution resolve(DomainName name) throws IOException {
    return switch (known(name)) {
      case Answer answer -> answer.aged();
      case Failure(IOException cause) ->
          throw new IOException("no name server says what " + name + " is", cause);
    };
  }

  private Known known(DomainName name) throws IOException {
    try {
      return known
          .get(
              name,
              (asked, executor) -> CompletableFuture.supplyAsync(() -> lookUp(asked), executor))
          .get();
    } catch (ExecutionException e) {
      throw new IOException("looking " + name + " up broke", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a name was looked up");
    }
  }

  private Known lookUp(DomainName name) {
    try {
      return new Answer(source.resolve(name), System.nanoTime());
    } catch (IOException e) {
      return new Failure(e);
    }
  }
}
