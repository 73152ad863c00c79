package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
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

  /** Large bodies are moved in pieces of this size; a small request takes one piece. */
  private static final int IO_BUFFER_BYTES = 64 * 1024;

  /** Threads that select, accept and run what must not block; handlers have virtual ones. */
  private static final int MAX_PLATFORM_THREADS = 32;

  private static final int ACCEPTORS = 1;

  /** They hand bytes on and do no work. */
  private static final int SELECTORS = 2;

  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  private final HttpServerConfig config;
  private final Server server;
  private final ServerConnector connector;
  private final RequestsInWork requestsInWork = new RequestsInWork();
  private final OpenStreams openStreams = new OpenStreams();
  private int port;

  private HttpServer(HttpServerConfig config, Router router, RequestObserver observer) {
    this.config = config;
    this.server = new Server(threadPool());
    this.connector =
        new ServerConnector(
            server, ACCEPTORS, SELECTORS, new HttpConnectionFactory(httpConfiguration()));
    connector.setHost(config.bindAddress());
    connector.setPort(config.port());
    connector.setIdleTimeout(config.idleTimeout().toMillis());
    server.addConnector(connector);
    server.addBean(new NetworkConnectionLimit(config.maxConnections(), connector));
    server.setRequestLog(new RequestLog.Collection(new AccessLog(), new RouteLog(observer)));
    server.setErrorHandler(new ProtocolErrors());
    server.setHandler(
        new RequestDispatcher(
            router,
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
    HttpServer started = new HttpServer(config, router, observer);
    try {
      started.server.start();
      started.port = started.connector.getLocalPort();
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

  /** The TCP port it listens on, or did. */
  public int port() {
    return port;
  }

  /**
   * Accepts nothing more, cuts event streams and WebSockets, waits for the requests in work as long
   * as configured, and ends. Idempotent.
   */
  @Override
  public void close() {
    connector.close();
    openStreams.endAll();
    int left = requestsInWork.drain(config.drainTimeout());
    if (left > 0) {
      log.warn("{} requests were still in work after {}", left, config.drainTimeout());
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

  private static HttpConfiguration httpConfiguration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(MAX_HEADER_BYTES);
    http.setInputBufferSize(IO_BUFFER_BYTES);
    http.setOutputBufferSize(IO_BUFFER_BYTES);
    http.setSendServerVersion(false);
    http.setHttpCompliance(HttpCompliance.RFC7230);
    http.setUriCompliance(UriCompliance.DEFAULT);
    return http;
  }
}
