package io.omnirun.gateway;

import io.omnirun.http.RawExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one answer of a guest and passes it on, as it comes: before it waits for more, all that has
 * come is sent. Used once, by one thread.
 */
final class AnswerRelay implements AutoCloseable {
  /** Servers send one or two: Continue, and Early Hints. */
  private static final int MAX_INTERIM_ANSWERS = 16;

  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int CONTINUE = 100;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final RawExchange exchange;
  private final GuestConnection connection;
  private final Listener listener;
  private final Buffers buffers;
  private final AnswerParser parser;
  private final boolean toHead;
  private ByteBuffer buffer;
  private @Nullable ByteBuffer pending;
  private int lastBytes;
  private int interimAnswers;
  private boolean heard;
  private boolean begun;
  private boolean unsent;

  /** Who is told how it goes. */
  interface Listener {
    /** Something has come or gone. */
    void moved();

    /** The guest's server wants the body that it was asked about. */
    void continues();

    /** The answer's head is there. It begins the browser's answer. */
    void head(AnswerParser head) throws BadAnswerException;

    /** All has come, and the last of it is about to be sent. */
    void ending();
  }

  /** How it ended. */
  enum Outcome {
    /** The answer is passed on, and the connection can have another request. */
    REUSABLE,
    /** The answer is passed on, and the connection is of no more use. */
    OVER,
    /** The server speaks another protocol from now on; nothing of that is passed on. */
    SWITCHED
  }

  AnswerRelay(
      RawExchange exchange, GuestConnection connection, Listener listener, Buffers buffers) {
    this.exchange = exchange;
    this.connection = connection;
    this.listener = listener;
    this.buffers = buffers;
    this.parser = connection.parser();
    this.toHead = exchange.method().equals("HEAD");
    this.buffer = buffers.small().limit(0);
  }

  /** Whether a byte of an answer has come. */
  boolean isHeard() {
    return heard;
  }

  /**
   * Passes the answer on.
   *
   * @throws BadAnswerException if it is none that could be passed on to its end
   * @throws io.omnirun.http.ClientGoneException if nobody is left to take it
   * @throws IOException if the connection breaks
   */
  Outcome run() throws IOException {
    parser.begin(toHead);
    while (true) {
      switch (parser.next(buffer)) {
        case NEED_INPUT -> {
          if (!readMore()) {
            parser.end();
            finish();
            return Outcome.OVER;
          }
        }
        case HEAD -> beginAnswer();
        case CONTENT -> collect(parser.content());
        case END -> {
          if (!parser.isInterim()) {
            finish();
            return parser.isPersistent() && !buffer.hasRemaining()
                ? Outcome.REUSABLE
                : Outcome.OVER;
          }
          if (parser.status() == SWITCHING_PROTOCOLS) {
            return Outcome.SWITCHED;
          }
          passInterim();
        }
      }
    }
  }

  private boolean readMore() throws IOException {
    flush();
    buffer = buffers.fit(buffer, lastBytes);
    lastBytes = connection.read(buffer);
    buffer.flip();
    listener.moved();
    heard |= lastBytes > 0;
    return lastBytes >= 0;
  }

  private void beginAnswer() throws BadAnswerException {
    if (!parser.isInterim()) {
      listener.head(parser);
      begun = true;
      unsent = true;
    }
  }

  private void passInterim() throws BadAnswerException {
    interimAnswers++;
    if (interimAnswers > MAX_INTERIM_ANSWERS) {
      throw new BadAnswerException("the server answers that it will answer, again and again");
    }
    if (parser.status() == CONTINUE) {
      listener.continues();
    }
    parser.begin(toHead);
  }

  /** Parts of one read are sent at once: chunks of a few bytes cost no call each. */
  private void collect(ByteBuffer part) {
    ByteBuffer before = pending;
    if (before == null) {
      pending = part;
    } else if (before.isDirect()) {
      // All parts of one read fit into as much as was read.
      pending = ByteBuffer.allocate(buffer.capacity()).put(before).put(part).flip();
    } else {
      int end = before.limit();
      before.limit(before.capacity()).put(end, part, part.position(), part.remaining());
      before.limit(end + part.remaining());
    }
  }

  private ByteBuffer takePending() {
    ByteBuffer taken = pending == null ? NOTHING : pending;
    pending = null;
    return taken;
  }

  private void flush() throws IOException {
    if (begun && (unsent || pending != null)) {
      exchange.write(takePending(), false);
      unsent = false;
      listener.moved();
    }
  }

  private void finish() throws IOException {
    listener.ending();
    exchange.write(takePending(), true);
    listener.moved();
  }

  /** What the server has sent behind the answer. */
  ByteBuffer rest() {
    return buffer;
  }

  @Override
  public void close() {
    buffers.giveBack(buffer);
  }
}
