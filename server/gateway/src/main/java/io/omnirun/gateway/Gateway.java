package io.omnirun.gateway;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.core.SandboxUses.Use;
import io.omnirun.gateway.Access.Decision;
import io.omnirun.gateway.GuestConnections.Lease;
import io.omnirun.gateway.ProxiedRequest.Switched;
import io.omnirun.http.HostHandler;
import io.omnirun.http.RawExchange;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.PreviewName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows guests' ports under host names. Every request is looked up anew: what a name means, and who
 * may see it, can change between two requests of one connection. Thread-safe.
 */
public final class Gateway implements HostHandler, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  /** What a request line can carry without a doubt where it ends, or what its bytes mean. */
  private static final Pattern TARGET = Pattern.compile("(?:/|\\*$)[\\x21-\\x7E]*");

  private static final String HTTPS = "https";
  private static final int SEE_OTHER = 303;

  private final PreviewDirectory directory;
  private final GatewaySettings settings;
  private final HostNames names;
  private final Access access;
  private final Buffers buffers = new Buffers();
  private final SilenceWatch silence = new SilenceWatch();
  private final GuestConnections connections;

  public Gateway(PreviewDirectory directory, GatewaySettings settings) {
    this.directory = directory;
    this.settings = settings;
    this.names = new HostNames(settings.domain());
    this.access = new Access(directory, settings.tlsBefore());
    this.connections = new GuestConnections(directory);
  }

  @Override
  public boolean takes(String host) {
    return names.isBelowDomain(host);
  }

  @Override
  public void handle(RawExchange exchange) throws IOException {
    Optional<PreviewAddress> address = names.read(exchange.host());
    try {
      handle(exchange, address.orElseThrow(() -> new ProblemException(Problem.NOT_FOUND)));
    } catch (ProblemException e) {
      log.debug("a preview's request is answered by a page", e);
      Pages.answer(exchange, address, e.problem());
    } catch (OmniRunException e) {
      log.debug("a preview's request is answered by a page", e);
      Pages.answer(exchange, address, Problem.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted in a preview's request");
    }
  }

  private void handle(RawExchange exchange, PreviewAddress address)
      throws IOException, ProblemException, InterruptedException {
    requirePassable(exchange);
    PreviewTarget target = directory.find(address.name());
    switch (access.decide(exchange, address, target)) {
      case Decision.Refused refused -> throw new ProblemException(refused.problem());
      case Decision.ComeAgain again -> comeAgain(exchange, address, again);
      case Decision.Open open -> pass(exchange, address, target, open.query());
    }
  }

  private static void requirePassable(RawExchange exchange) throws ProblemException {
    if (exchange.method().equals("CONNECT") || exchange.method().equals("TRACE")) {
      throw new ProblemException(Problem.METHOD);
    }
    if (!TARGET.matcher(target(exchange, exchange.query())).matches()
        || !isFramedPlainly(exchange)) {
      throw new ProblemException(Problem.BAD_REQUEST);
    }
  }

  /**
   * Whether a transfer coding, if there is one, means the same to whoever reads (RFC 9112 §6.1).
   */
  private static boolean isFramedPlainly(RawExchange exchange) {
    List<String> codings = exchange.headers("Transfer-Encoding");
    return codings.isEmpty()
        || (codings.size() == 1
            && codings.getFirst().equalsIgnoreCase("chunked")
            && exchange.isCurrentVersion());
  }

  private static String target(RawExchange exchange, Optional<String> query) {
    String path = exchange.path().isEmpty() ? "/" : exchange.path();
    return query.map(text -> path + "?" + text).orElse(path);
  }

  private String scheme(RawExchange exchange) {
    return exchange.isSecure() || settings.tlsBefore() ? HTTPS : "http";
  }

  /** Scheme and authority as a browser has them. */
  private String originOf(RawExchange exchange, PreviewAddress address) {
    return scheme(exchange) + "://" + address.authority();
  }

  private void comeAgain(RawExchange exchange, PreviewAddress address, Decision.ComeAgain again)
      throws IOException {
    exchange.begin(SEE_OTHER);
    exchange.addHeader("Set-Cookie", Cookies.set(again.token(), scheme(exchange).equals(HTTPS)));
    // Absolute, for a path may begin with two slashes.
    exchange.addHeader("Location", originOf(exchange, address) + target(exchange, again.query()));
    exchange.addHeader("Cache-Control", "no-store");
    exchange.addHeader("Referrer-Policy", "no-referrer");
    exchange.write(ByteBuffer.allocate(0), true);
  }

  private void pass(
      RawExchange exchange, PreviewAddress address, PreviewTarget target, Optional<String> query)
      throws IOException, ProblemException, InterruptedException {
    Optional<Upgrade> upgrade = Upgrade.of(exchange);
    String canonical = names.canonical(target.sandbox(), target.port());
    String host =
        target
            .maskedHost()
            .orElse(target.preserveHost() ? address.authority() : canonical + address.port());
    Locations locations =
        new Locations(
            originOf(exchange, address),
            List.of(canonical, host.replaceFirst(":[0-9]*$", "")),
            target.port());
    RequestHead.Seen seen =
        new RequestHead.Seen(
            scheme(exchange),
            host,
            target(exchange, query),
            upgrade.map(Upgrade::protocol),
            referer -> access.refererForGuest(target, referer));
    Held held = hold(target);
    boolean handedOn = false;
    try {
      ProxiedRequest request =
          new ProxiedRequest(
              exchange,
              held.lease(),
              () -> RequestHead.bytes(exchange, address, target, seen),
              locations,
              upgrade,
              buffers,
              settings);
      Supplier<Optional<Problem>> over = () -> over(address.name(), target);
      Optional<Switched> switched = run(request, over);
      if (switched.isPresent()) {
        handedOn = true;
        tunnel(exchange, switched.get(), held, over);
      }
    } finally {
      if (!handedOn) {
        held.close();
      }
    }
  }

  private Held hold(PreviewTarget target) throws ProblemException, InterruptedException {
    Lease lease =
        connections.lease(target).orElseThrow(() -> new ProblemException(Problem.TOO_MANY));
    try {
      return new Held(directory.begin(target), lease);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /** Why a request to a target that a name has meant is not to go on. */
  private Optional<Problem> over(PreviewName name, PreviewTarget target) {
    try {
      PreviewTarget now = directory.find(name);
      boolean same =
          now.machine().equals(target.machine()) && now.exposure().equals(target.exposure());
      return same ? Optional.empty() : Optional.of(Problem.NOT_FOUND);
    } catch (OmniRunException e) {
      if (Problem.saysOver(e)) {
        return Optional.of(Problem.of(e));
      }
      // What is unknown for a moment is not over.
      log.debug("whether a preview is over could not be found out", e);
      return Optional.empty();
    }
  }

  private Optional<Switched> run(ProxiedRequest request, Supplier<Optional<Problem>> over)
      throws IOException, ProblemException, InterruptedException {
    silence.add(request, over);
    try {
      return request.run();
    } finally {
      silence.remove(request);
    }
  }

  private void tunnel(
      RawExchange exchange, Switched switched, Held held, Supplier<Optional<Problem>> over)
      throws IOException {
    Tunnel tunnel =
        new Tunnel(switched.connection(), switched.early(), buffers, settings.tunnelSilence());
    Runnable release =
        () -> {
          silence.remove(tunnel);
          tunnel.end();
          held.close();
        };
    silence.add(tunnel, over);
    exchange.tunnel(tunnel, release);
  }

  /** What a request holds until all of it is over. Closing it is idempotent. */
  private record Held(Use use, Lease lease, AtomicBoolean closed) implements AutoCloseable {
    Held(Use use, Lease lease) {
      this(use, lease, new AtomicBoolean());
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        lease.close();
        use.close();
      }
    }
  }

  /** Cuts what is open. */
  @Override
  public void close() {
    silence.close();
    connections.close();
  }
}
