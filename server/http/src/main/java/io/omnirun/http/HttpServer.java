package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 server over a {@link Router}: each request has a virtual thread and may block.
 * Started by {@link #start}, ended by {@link #close}; it does not start again.
 */
public final class HttpServer implements AutoCloseable {
  /** A percent-encoded file path of 4,096 bytes takes 12 KiB at worst; the rest is for headers. */
  public static final int MAX_HEADER_BYTES = 16 * 1024;

  /** What a guest's server may send of headers, and what we add to them. */
  public static final int MAX_ANSWER_HEADER_BYTES = 64 * 1024;

  /** A lone line feed is one end of a line to some and none to others: requests hide there. */
  private static final HttpCompliance COMPLIANCE =
      HttpCompliance.RFC7230.without("strict", HttpCompliance.Violation.LF_HEADER_TERMINATION);

  /** What a path means is for whom it is for; the router's own are looked at again. */
  private static final UriCompliance URI_COMPLIANCE =
      UriCompliance.DEFAULT.with(
          "passed on",
          Violation.AMBIGUOUS_PATH_SEGMENT,
          Violation.AMBIGUOUS_EMPTY_SEGMENT,
          Violation.AMBIGUOUS_PATH_SEPARATOR,
          Violation.AMBIGUOUS_PATH_PARAMETER,
          Violation.AMBIGUOUS_PATH_ENCODING,
          Violation.UTF16_ENCODINGS,
          Violation.BAD_UTF8_ENCODING,
          Violation.TRUNCATED_UTF8_ENCODING,
          Violation.SUSPICIOUS_PATH_CHARACTERS);

  /** Large bodies are moved in pieces of this size; a small request takes one piece. */
  private static final int IO_BUFFER_BYTES = 64 * 1024;

  /** Threads that select, accept and run what must not block; handlers have virtual ones. */
  private static final int MAX_PLATFORM_THREADS = 32;

  private static final int ACCEPTORS = 1;

  /**
   * Connections that the kernel holds until they are accepted. Of more that come at once it drops
   * some, whose clients try again after seconds.
   */
  private static final int ACCEPT_QUEUE = 1_024;

  /** They hand bytes on and do no work. */
  private static final int SELECTORS = 2;

  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  private final Duration drainTimeout;
  private final Server server;
  private final AbstractConnector connector;
  private final RequestsInWork requestsInWork = new RequestsInWork();
  private final OpenStreams openStreams = new OpenStreams();
  private int port;

  /** Whom a server asks for answers, whom it tells of them, and by which name it proves itself. */
  private record Service(
      Router router,
      Optional<HostHandler> hosts,
      RequestObserver observer,
      Optional<TlsIdentity> tls) {}

  private HttpServer(
      Duration drainTimeout, Service service, Function<Server, AbstractConnector> listening) {
    this.drainTimeout = drainTimeout;
    this.server = new Server(threadPool());
    this.connector = listening.apply(server);
    server.addConnector(connector);
    server.setRequestLog(
        new RequestLog.Collection(new AccessLog(), new RouteLog(service.observer())));
    server.setErrorHandler(new ProtocolErrors());
    server.setHandler(
        new RequestDispatcher(
            service.router(),
            service.hosts(),
            requestsInWork,
            openStreams,
            new WebSockets(server, requestsInWork, openStreams)));
  }

  /**
   * Starts a server; when this returns it accepts connections. The caller closes it.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if it cannot listen there
   */
  public static HttpServer start(HttpServerConfig config, Router router) {
    return start(config, router, (method, route, status) -> {});
  }

  /** The same, with somebody who is told of every answer. */
  public static HttpServer start(HttpServerConfig config, Router router, RequestObserver observer) {
    return start(config, new Service(router, Optional.empty(), observer, Optional.empty()));
  }

  /** The same, with somebody before the router who takes the requests to some host names. */
  public static HttpServer start(
      HttpServerConfig config, Router router, HostHandler hosts, RequestObserver observer) {
    return start(config, new Service(router, Optional.of(hosts), observer, Optional.empty()));
  }

  /**
   * Starts a server without routes, for host names alone.
   *
   * @param tls empty: without TLS
   */
  public static HttpServer start(
      HttpServerConfig config,
      HostHandler hosts,
      Optional<TlsIdentity> tls,
      RequestObserver observer) {
    return start(config, new Service(new Router(), Optional.of(hosts), observer, tls));
  }

  /**
   * Starts a server for clients that {@link Introduction#connect} lets in, and nobody else. How
   * many they may be is for whoever connects them. The caller closes it.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if it cannot listen there
   */
  public static HttpServer startLocal(
      LocalServerConfig config, Router router, RequestObserver observer) {
    HttpServer started =
        new HttpServer(
            config.drainTimeout(),
            new Service(router, Optional.empty(), observer, Optional.empty()),
            server -> local(server, config));
    try {
      Files.deleteIfExists(config.socket());
      started.server.start();
      Files.setPosixFilePermissions(config.socket(), PosixFilePermissions.fromString("rw-------"));
    } catch (Exception e) {
      started.stopServer();
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "cannot listen on " + config.socket(), e);
    }
    return started;
  }

  private static AbstractConnector local(Server server, LocalServerConfig config) {
    HttpConfiguration configuration = httpConfiguration();
    configuration.addCustomizer(Introduction::require);
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    UnixDomainServerConnector connector =
        new UnixDomainServerConnector(
            server, ACCEPTORS, 1, new ProxyConnectionFactory(http.getProtocol()), http);
    connector.setUnixDomainPath(config.socket());
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(config.idleTimeout().toMillis());
    return connector;
  }

  private static AbstractConnector tcp(
      Server server, HttpServerConfig config, Optional<TlsIdentity> tls) {
    ServerConnector connector = new ServerConnector(server, ACCEPTORS, SELECTORS, connections(tls));
    connector.setHost(config.bindAddress());
    connector.setPort(config.port());
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(config.idleTimeout().toMillis());
    server.addBean(new NetworkConnectionLimit(config.maxConnections(), connector));
    return connector;
  }

  private static HttpServer start(HttpServerConfig config, Service service) {
    HttpServer started =
        new HttpServer(
            config.drainTimeout(), service, server -> tcp(server, config, service.tls()));
    try {
      started.server.start();
      started.port = ((ServerConnector) started.connector).getLocalPort();
    } catch (Exception e) {
      started.stopServer();
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "cannot listen on %s port %d: %s"
              .formatted(config.bindAddress(), config.port(), e.getMessage()),
          e);
    }
    return started;
  }

  /** The TCP port it listens on, or did; 0 for a local one. */
  public int port() {
    return port;
  }

  /**
   * Takes nothing more, cuts event streams and WebSockets, waits for the requests in work as long
   * as configured, and ends. Idempotent.
   */
  @Override
  public void close() {
    if (connector instanceof ServerConnector open) {
      open.close();
    }
    openStreams.endAll();
    int left = requestsInWork.drain(drainTimeout);
    if (left > 0) {
      log.warn("{} requests were still in work after {}", left, drainTimeout);
    }
    stopServer();
  }

  private void stopServer() {
    try {
      server.stop();
    } catch (Exception e) {
      log.warn("the HTTP server did not stop cleanly", e);
    }
  }

  private static QueuedThreadPool threadPool() {
    QueuedThreadPool pool = new QueuedThreadPool(MAX_PLATFORM_THREADS);
    pool.setName("http");
    pool.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory()));
    return pool;
  }

  private static ConnectionFactory[] connections(Optional<TlsIdentity> tls) {
    HttpConfiguration configuration = httpConfiguration();
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    if (tls.isEmpty()) {
      return new ConnectionFactory[] {http};
    }
    // Which names the certificate has is between the operator and the browsers.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    return new ConnectionFactory[] {
      new SslConnectionFactory(tls.get().contextFactory(), http.getProtocol()), http
    };
  }

  private static HttpConfiguration httpConfiguration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(MAX_HEADER_BYTES);
    http.setInputBufferSize(IO_BUFFER_BYTES);
    http.setOutputBufferSize(IO_BUFFER_BYTES);
    http.setSendServerVersion(false);
    http.setMaxResponseHeaderSize(MAX_ANSWER_HEADER_BYTES);
    http.setHttpCompliance(COMPLIANCE);
    http.setUriCompliance(URI_COMPLIANCE);
    return http;
  }
}
