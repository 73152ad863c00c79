package io.omnirun.guest.yamux;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which streams of those that the guest opens are taken: few at a time, and few in a second. A
 * place is free when nobody works on its stream any more, not when the guest says that it is over:
 * one that takes no bytes from us could have us wait with ever more threads. Only the thread that
 * reads the session lets streams in.
 */
final class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  /** A guest's programs need some at a time; each may hold a receive window of memory. */
  static final int MAX_STREAMS = 16;

  /** So many in a second, in the long run. */
  static final int RATE = 20;

  /** So many at once, after a time without any. */
  static final int BURST = 40;

  private static final long NANOS_PER_STREAM = 1_000_000_000L / RATE;

  private final StreamService service;
  private final LongSupplier nanoClock;
  private final Semaphore free = new Semaphore(MAX_STREAMS);

  /** The bucket is full again at this moment, on the clock. */
  private long fullAt;

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  Admission(StreamService service, LongSupplier nanoClock) {
    this.service = service;
    this.nanoClock = nanoClock;
    this.fullAt = nanoClock.getAsLong();
  }

  /** Whether one more may come in; it is to be served then. One that is refused costs nothing. */
  boolean tryEnter() {
    long now = nanoClock.getAsLong();
    long missing = Math.max(fullAt - now, 0);
    if (missing > (BURST - 1) * NANOS_PER_STREAM || !free.tryAcquire()) {
      return false;
    }
    fullAt = now + missing + NANOS_PER_STREAM;
    return true;
  }

  /** Has one that came in served; returns at once. */
  void serve(YamuxStream stream) {
    Thread.ofVirtual().name("guest-stream").start(() -> serveAndLeave(stream));
  }

  private void serveAndLeave(YamuxStream stream) {
    try (stream) {
      service.serve(stream);
    } catch (IOException e) {
      log.debug("a stream that a guest has opened ended early", e);
    } catch (RuntimeException e) {
      log.warn("a stream that a guest has opened could not be served", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      free.release();
    }
  }
}
