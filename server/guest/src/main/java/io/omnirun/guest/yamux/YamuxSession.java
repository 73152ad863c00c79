package io.omnirun.guest.yamux;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a yamux session. The guest is hostile: any violation of the protocol ends
 * the session, whatever it sends is bounded, and it may open a few streams or none. Thread-safe;
 * but a thread that is interrupted while it writes may take the wire, and so the session, with it.
 *
 * <p>Keep-alive and time-outs are left out on purpose: a paused guest is not dead.
 */
public final class YamuxSession implements Closeable {
  /**
   * More streams at a time than a sandbox's calls need; each may hold a receive window of memory.
   */
  public static final int MAX_STREAMS = 256;

  /** Stream numbers are odd for the client and never used again; the next after this is 1. */
  private static final int LAST_STREAM_ID = -1;

  private final Wire wire;
  private final FrameWriter writer;
  private final Semaphore free = new Semaphore(MAX_STREAMS);
  private final Optional<Admission> admission;
  private final AtomicInteger nextId = new AtomicInteger(1);
  private final Map<Integer, YamuxStream> streams = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
  private final CompletableFuture<IOException> ended = new CompletableFuture<>();

  private YamuxSession(Wire wire, Optional<Admission> admission) {
    this.wire = wire;
    this.admission = admission;
    this.writer = new FrameWriter(wire, this::end);
  }

  /** Begins a session over a wire, which it then owns. The guest may open no streams. */
  public static YamuxSession start(Wire wire) {
    return start(wire, Optional.empty());
  }

  /**
   * The same, and the guest may open some.
   *
   * @param service of each that it may
   */
  public static YamuxSession start(Wire wire, StreamService service) {
    return start(wire, Optional.of(new Admission(service, System::nanoTime)));
  }

  static YamuxSession start(Wire wire, Optional<Admission> admission) {
    YamuxSession session = new YamuxSession(wire, admission);
    FrameReader reader = new FrameReader(wire, session, session.writer);
    Thread.ofVirtual().name("yamux-reader").start(() -> session.end(reader.readAll()));
    session.writer.start();
    return session;
  }

  /** Completes once, with the reason, when the session is over and all its streams have failed. */
  public CompletableFuture<IOException> ended() {
    return ended.copy();
  }

  /**
   * Opens a stream; blocks while the wire takes nothing. The caller closes it.
   *
   * @throws IOException if the session is over or has {@value #MAX_STREAMS} streams
   */
  public YamuxStream open() throws IOException {
    if (!free.tryAcquire()) {
      throw new IOException("the guest has as many streams open as it may");
    }
    YamuxStream stream = register();
    IOException over = failure.get();
    if (over != null) {
      stream.fail(over);
      forget(stream);
      throw new IOException("the session is over", over);
    }
    int extraBytes = ReceiveWindow.BYTES - ReceiveWindow.INITIAL_BYTES;
    writer.send(Frame.windowUpdate(stream.id(), Frame.SYN, extraBytes));
    return stream;
  }

  private YamuxStream register() throws IOException {
    int id = nextId.getAndUpdate(current -> current == LAST_STREAM_ID ? current : current + 2);
    if (id == LAST_STREAM_ID) {
      free.release();
      throw new IOException("the session has used up its stream numbers");
    }
    YamuxStream stream = new YamuxStream(this, writer, id, new ReceiveWindow(ReceiveWindow.BYTES));
    streams.put(id, stream);
    return stream;
  }

  /**
   * A stream that the guest opens; empty if it may not. Its window is the small one that both sides
   * begin with: what guests ask of the host is short.
   */
  Optional<YamuxStream> admit(int id) {
    if (admission.isEmpty() || !admission.get().tryEnter()) {
      return Optional.empty();
    }
    YamuxStream stream =
        new YamuxStream(this, writer, id, new ReceiveWindow(ReceiveWindow.INITIAL_BYTES));
    streams.put(id, stream);
    IOException over = failure.get();
    if (over != null) {
      stream.fail(over);
    }
    admission.get().serve(stream);
    return Optional.of(stream);
  }

  /** The stream with a number, unless it is closed on this side. */
  Optional<YamuxStream> stream(int id) {
    return Optional.ofNullable(streams.get(id));
  }

  /** Whether we have given a stream this number. */
  boolean hasOpened(int id) {
    return (id & 1) == 1 && Integer.compareUnsigned(id, nextId.get()) < 0;
  }

  /** Lets go of a stream that is over; bytes that still come for it are dropped. Idempotent. */
  void forget(YamuxStream stream) {
    if (streams.remove(stream.id(), stream) && !FrameReader.isGuests(stream.id())) {
      free.release();
    }
  }

  /** Ends the session: the first reason counts. */
  private void end(IOException reason) {
    if (!failure.compareAndSet(null, reason)) {
      return;
    }
    writer.stop();
    try {
      wire.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
    streams.values().forEach(stream -> stream.fail(reason));
    streams.clear();
    ended.complete(reason);
  }

  /** Ends the session and all its streams. Idempotent. */
  @Override
  public void close() {
    close(new IOException("the session was closed"));
  }

  /** Ends the session for a reason that its streams and {@link #ended()} then tell. Idempotent. */
  public void close(IOException reason) {
    end(reason);
  }
}
