package io.omnirun.http;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How an {@link HttpServer} that only this process reaches is reached and how it ends.
 *
 * @param socket the unix socket to listen on, in a directory that nobody else can enter; an old one
 *     is replaced
 * @param idleTimeout as of {@link HttpServerConfig}
 * @param drainTimeout as of {@link HttpServerConfig}
 */
public record LocalServerConfig(Path socket, Duration idleTimeout, Duration drainTimeout) {
  /** The defaults at a socket. */
  public static LocalServerConfig at(Path socket) {
    return new LocalServerConfig(
        socket, HttpServerConfig.DEFAULT_IDLE_TIMEOUT, HttpServerConfig.DEFAULT_DRAIN_TIMEOUT);
  }
}
