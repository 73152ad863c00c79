package io.omnirun.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests at fixed times, whether the ones before have been answered or not, as the world sends
 * them. A request that found every caller busy counts from when it was due.
 */
final class LlmLoad {
  private static final int CALLERS = 128;
  private static final double NANOS_PER_MILLI = 1e6;

  private final LlmPath path;
  private final byte[] request;
  private final long[] nanos;
  private final long interval;
  private final AtomicInteger next = new AtomicInteger();

  private LlmLoad(LlmPath path, byte[] request, int perSecond, int count) {
    this.path = path;
    this.request = request;
    this.nanos = new long[count];
    this.interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /** Sends so many requests and adds how long each took. */
  static void run(LlmPath path, byte[] request, int perSecond, int count, Samples samples)
      throws IOException {
    LlmLoad load = new LlmLoad(path, request, perSecond, count);
    load.run();
    Arrays.stream(load.nanos).forEach(took -> samples.add(took / NANOS_PER_MILLI));
  }

  private void run() throws IOException {
    List<LlmConnection> connections = new ArrayList<>();
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(CALLERS)) {
      for (int i = 0; i < CALLERS; i++) {
        connections.add(used());
      }
      long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
      for (LlmConnection connection : connections) {
        callers.add(
            executor.submit(
                () -> {
                  call(connection, start);
                  return null;
                }));
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a request failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      for (LlmConnection connection : connections) {
        connection.close();
      }
    }
  }

  /** Clients keep their connections: what it takes to make 128 is no part of a steady load. */
  private LlmConnection used() throws IOException {
    LlmConnection connection = new LlmConnection(path);
    connection.ask(request);
    return connection;
  }

  private void call(LlmConnection connection, long start) throws IOException {
    for (int i = next.getAndIncrement(); i < nanos.length; i = next.getAndIncrement()) {
      long due = start + i * interval;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      connection.ask(request);
      nanos[i] = System.nanoTime() - due;
    }
  }
}
