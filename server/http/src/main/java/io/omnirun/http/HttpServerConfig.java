package io.omnirun.http;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How an {@link HttpServer} is reached and how it ends.
 *
 * @param bindAddress the address to listen on, {@code 127.0.0.1} say
 * @param port the TCP port; 0: any free one
 * @param maxConnections open connections at a time; more wait in the kernel's queue
 * @param idleTimeout a connection on which nothing moves for so long is closed, unless a request of
 *     it is being worked on
 * @param drainTimeout how long {@link HttpServer#close()} waits for the requests in work
 */
public record HttpServerConfig(
    String bindAddress, int port, int maxConnections, Duration idleTimeout, Duration drainTimeout) {
  /** Each costs two file descriptors at worst (a client's and a guest's) and a few buffers. */
  public static final int DEFAULT_MAX_CONNECTIONS = 4_096;

  /** Longer than clients keep idle connections, so that it is they who close them. */
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(90);

  /** Service managers kill after 90 s by default: the rest of the shutdown needs its share. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(30);

  private static final int MAX_PORT = 65_535;

  /**
   * @throws IllegalArgumentException if a value cannot be one
   */
  public HttpServerConfig {
    requireNonNull(bindAddress, "bindAddress is null");
    if (port < 0 || port > MAX_PORT || maxConnections < 1) {
      throw new IllegalArgumentException(
          "no server has port " + port + " and " + maxConnections + " connections");
    }
    if (idleTimeout.toMillis() < 1 || drainTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "no server has time-outs of " + idleTimeout + " and " + drainTimeout);
    }
  }

  /** The defaults at an address and port. */
  public static HttpServerConfig at(String bindAddress, int port) {
    return new HttpServerConfig(
        bindAddress, port, DEFAULT_MAX_CONNECTIONS, DEFAULT_IDLE_TIMEOUT, DEFAULT_DRAIN_TIMEOUT);
  }
}
