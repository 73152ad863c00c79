package io.omnirun.gateway;

import io.omnirun.gateway.GuestConnections.Lease;
import io.omnirun.http.ClientGoneException;
import io.omnirun.http.RawExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way to a guest's server, and the answer on its way back. Both go at once, each
 * at the pace of who takes it; whoever hangs up ends both. Run once, by the request's thread.
 */
final class ProxiedRequest extends SilenceWatch.Watched implements AnswerRelay.Listener {
  private static final Logger log = LoggerFactory.getLogger(ProxiedRequest.class);

  /** What can be asked twice: nobody sees a difference (RFC 9110 §9.2.1). */
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

  /** A client that is silent for so much longer than the guest may be is not waited for. */
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(5);

  private final RawExchange exchange;
  private final Lease lease;
  private final Supplier<ByteBuffer> head;
  private final Locations locations;
  private final Optional<Upgrade> upgrade;
  private final Buffers buffers;
  private final long blindPatienceNanos;
  private final long lastPatienceNanos;
  private final boolean repeatable;
  private @Nullable BodySending body;
  private volatile @Nullable GuestConnection connection;
  private volatile boolean clientGone;
  private volatile @Nullable Problem endedBy;
  private RawExchange.@Nullable Watch watch;
  private boolean ending;

  /**
   * @param head makes the request's head
   * @param upgrade what the client wants to speak instead of HTTP
   */
  ProxiedRequest(
      RawExchange exchange,
      Lease lease,
      Supplier<ByteBuffer> head,
      Locations locations,
      Optional<Upgrade> upgrade,
      Buffers buffers,
      GatewaySettings settings) {
    super(settings.silence());
    this.exchange = exchange;
    this.lease = lease;
    this.head = head;
    this.locations = locations;
    this.upgrade = upgrade;
    this.buffers = buffers;
    this.blindPatienceNanos = settings.blindSilence().toNanos();
    this.lastPatienceNanos = settings.silence().plus(LAST_PATIENCE).toNanos();
    this.repeatable =
        exchange.bodyLength() == 0 && upgrade.isEmpty() && SAFE.contains(exchange.method());
  }

  /** A connection that speaks another protocol now, and what has come on it already. */
  record Switched(GuestConnection connection, ByteBuffer early) {}

  /**
   * Passes the request and its answer on.
   *
   * @return the connection if the guest's server has agreed to another protocol; the caller closes
   *     it
   * @throws ProblemException if nothing of an answer is sent, nor will be
   * @throws IOException if the client's connection is to be cut
   */
  Optional<Switched> run() throws IOException, ProblemException, InterruptedException {
    if (exchange.bodyLength() == 0) {
      beginWatch();
    }
    try {
      return repeatable ? tryTwice() : tryOnce(lease.connect(false));
    } catch (ClientGoneException e) {
      throw e;
    } catch (IOException e) {
      throw failed(e);
    } finally {
      endWatch();
    }
  }

  private ProblemException failed(IOException cause) throws IOException {
    if (clientGone) {
      throw new ClientGoneException(cause);
    }
    if (exchange.isCommitted()) {
      throw cause;
    }
    Problem reason = endedBy;
    return new ProblemException(reason == null ? Problem.BAD_ANSWER : reason, cause);
  }

  /** A server may close an idle connection just when it is used again. */
  private Optional<Switched> tryTwice() throws IOException, InterruptedException {
    GuestConnection first = lease.connect(true);
    try {
      return tryOnce(first);
    } catch (UnheardException e) {
      if (!first.isUsed() || clientGone || endedBy != null) {
        throw e;
      }
      log.debug("an idle connection was closed as it was used", e);
      return tryOnce(lease.connect(false));
    }
  }

  /** The connection has broken before a byte of an answer. */
  private static final class UnheardException extends IOException {
    private static final long serialVersionUID = 1L;

    UnheardException(IOException cause) {
      super("the server has closed its connection without an answer", cause);
    }
  }

  private Optional<Switched> tryOnce(GuestConnection tried)
      throws IOException, InterruptedException {
    connection = tried;
    if (clientGone || endedBy != null) {
      tried.close();
    }
    boolean kept = false;
    try (AnswerRelay relay = new AnswerRelay(exchange, tried, this, buffers)) {
      AnswerRelay.Outcome outcome = outcome(tried, relay);
      if (body != null) {
        body.finish();
      }
      switch (outcome) {
        case REUSABLE -> {
          // A server that has not read a body takes it for the next request: nobody else's.
          if (repeatable) {
            kept = true;
            lease.giveBack(tried);
          }
        }
        case SWITCHED -> {
          Optional<Switched> switched = Optional.of(agree(tried, relay.rest()));
          kept = true;
          return switched;
        }
        case OVER -> log.trace("a connection is not kept");
      }
      return Optional.empty();
    } finally {
      if (!kept) {
        tried.close();
      }
      if (body != null) {
        exchange.stopBody();
      }
    }
  }

  private AnswerRelay.Outcome outcome(GuestConnection tried, AnswerRelay relay) throws IOException {
    try {
      tried.write(head.get());
      if (exchange.bodyLength() != 0) {
        startBody(tried);
      }
      return relay.run();
    } catch (ClientGoneException e) {
      throw e;
    } catch (IOException e) {
      throw relay.isHeard() ? e : new UnheardException(e);
    }
  }

  private void startBody(GuestConnection tried) {
    BodySending sending =
        new BodySending(exchange, tried, this::moved, this::clientLeft, this::beginWatch);
    body = sending;
    sending.start();
  }

  private Switched agree(GuestConnection tried, ByteBuffer rest) throws BadAnswerException {
    if (upgrade.isEmpty()) {
      throw new BadAnswerException("the server switches protocols unasked");
    }
    upgrade.get().requireAgreed(tried.parser().fields());
    endWatch();
    exchange.begin(tried.parser().status());
    AnswerHead.add(exchange, tried.parser().fields(), locations);
    exchange.addHeader("Upgrade", upgrade.get().protocol());
    return new Switched(tried, ByteBuffer.allocate(rest.remaining()).put(rest).flip());
  }

  @Override
  public void continues() {
    if (body != null) {
      body.want();
    }
  }

  @Override
  public void head(AnswerParser parsed) throws BadAnswerException {
    AnswerHead.begin(exchange, parsed.status(), parsed.fields(), locations);
  }

  @Override
  public void ending() {
    endWatch();
  }

  private void clientLeft() {
    clientGone = true;
    GuestConnection current = connection;
    if (current != null) {
      current.close();
    }
  }

  /** What is left of the request is known: from now on its end is the client's. */
  private synchronized void beginWatch() {
    if (!ending) {
      watch = exchange.watch(this::clientLeft);
    }
  }

  private synchronized void endWatch() {
    ending = true;
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  /** A place is not kept for long for somebody who may be gone. */
  @Override
  boolean isSilent() {
    return super.isSilent() || (isBlind() && silentNanos() > blindPatienceNanos);
  }

  private synchronized boolean isBlind() {
    return watch != null && watch.isBlind();
  }

  /** First the guest's side, so that the client can be told; then the client's. */
  @Override
  void end() {
    endGuestsSide(Problem.TIMED_OUT);
    if (silentNanos() > lastPatienceNanos) {
      exchange.stopBody();
      exchange.breakConnection();
    }
  }

  private void endGuestsSide(Problem reason) {
    endedBy = reason;
    GuestConnection current = connection;
    if (current != null) {
      current.close();
    }
  }

  /** A client that has something of an answer cannot be told any more. */
  @Override
  void revoke(Problem reason) {
    endGuestsSide(reason);
    exchange.stopBody();
    if (exchange.isCommitted()) {
      exchange.breakConnection();
    }
  }
}
