package io.omnirun.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses that this host's interfaces have, public ones among them. Used by many threads. */
public final class HostAddresses implements Predicate<Inet4Address> {
  private static final Logger LOG = LoggerFactory.getLogger(HostAddresses.class);

  /** Reading them takes longer than a connection may be held up; a host seldom gets a new one. */
  private static final Duration LIFE = Duration.ofSeconds(5);

  private volatile Set<InetAddress> addresses;
  private volatile long readAt;

  /**
   * @throws SocketException if the host does not tell them
   */
  public HostAddresses() throws SocketException {
    addresses = read();
    readAt = System.nanoTime();
  }

  @Override
  public boolean test(Inet4Address address) {
    if (System.nanoTime() - readAt > LIFE.toNanos()) {
      readAgain();
    }
    return addresses.contains(address);
  }

  private void readAgain() {
    readAt = System.nanoTime();
    try {
      addresses = read();
    } catch (SocketException e) {
      LOG.error("the host's addresses cannot be read; the former ones hold", e);
    }
  }

  private static Set<InetAddress> read() throws SocketException {
    Set<InetAddress> found = new HashSet<>();
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .forEach(found::add);
    return Set.copyOf(found);
  }
}
