package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.network.EgressEvent.Reason;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Finds and reaches the servers that guests name. Used by many threads. */
final class Dialer {
  /** Of a server that has more, one of the first answers, or none does. */
  private static final int MAX_ADDRESSES = 4;

  private final NameResolver names;
  private final Predicate<Inet4Address> reachable;
  private final Duration patience;

  Dialer(NameResolver names, Predicate<Inet4Address> reachable, Duration patience) {
    this.names = names;
    this.reachable = reachable;
    this.patience = patience;
  }

  /** Where a name leads: what the public DNS says, without what no guest may reach. */
  List<Inet4Address> addresses(DomainName name) throws RefusedException {
    List<Inet4Address> all;
    try {
      all = names.resolve(name).addresses();
    } catch (IOException e) {
      throw new RefusedException(Reason.RESOLUTION_FAILED, e);
    }
    if (all.isEmpty()) {
      throw new RefusedException(Reason.NO_ADDRESS);
    }
    List<Inet4Address> allowed = all.stream().filter(reachable).limit(MAX_ADDRESSES).toList();
    if (allowed.isEmpty()) {
      throw new RefusedException(Reason.FORBIDDEN_ADDRESS);
    }
    return allowed;
  }

  /** Connects to one of several addresses, in turn. The caller closes it. */
  SocketChannel connect(List<Inet4Address> addresses, int port) throws RefusedException {
    RefusedException failure = new RefusedException(Reason.UNREACHABLE);
    for (Inet4Address address : addresses) {
      try {
        return connect(new InetSocketAddress(address, port));
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }

  private SocketChannel connect(InetSocketAddress server) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.socket().connect(server, (int) patience.toMillis());
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }
}
