package io.omnirun.network;

import java.time.Duration;

/**
 * What the proxy does for a guest and for all of them at most.
 *
 * @param connectionsOfGuest at once
 * @param connections at once, of all guests; each has two sockets and two buffers
 * @param opening until a client has said which server it wants
 * @param connect until one address of a server answers
 * @param idle until a connection over which nothing goes is closed
 */
public record ProxyLimits(
    int connectionsOfGuest, int connections, Duration opening, Duration connect, Duration idle) {
  /**
   * A browser has some 250 connections and package managers have 50; 4,096 take 64 MiB of buffers
   * and 8,192 sockets. Programs that are silent for a quarter of an hour must be prepared for the
   * end of their connections elsewhere, too.
   */
  public static final ProxyLimits DEFAULT =
      new ProxyLimits(
          512, 4_096, Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofMinutes(15));
}
