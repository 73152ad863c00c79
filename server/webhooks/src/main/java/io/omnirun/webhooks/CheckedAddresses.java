package io.omnirun.webhooks;

import io.omnirun.core.PublicAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;

/**
 * Looks names up and lets public addresses through alone. The connection goes to one of those that
 * were checked, not to the name again, so a name that changes its mind in between gains nothing.
 */
final class CheckedAddresses implements SocketAddressResolver {
  private final boolean privateAllowed;

  CheckedAddresses(boolean privateAllowed) {
    this.privateAllowed = privateAllowed;
  }

  /** Answers from a thread of its own: a name server may take its time. */
  @Override
  public void resolve(
      String host,
      int port,
      Map<String, Object> context,
      Promise<List<InetSocketAddress>> promise) {
    Thread.startVirtualThread(
        () -> {
          try {
            promise.succeeded(addresses(host, port));
          } catch (UnknownHostException e) {
            promise.failed(e);
          }
        });
  }

  private List<InetSocketAddress> addresses(String host, int port) throws UnknownHostException {
    List<InetSocketAddress> allowed =
        Stream.of(InetAddress.getAllByName(host))
            .filter(address -> privateAllowed || PublicAddresses.isPublic(address))
            .map(address -> new InetSocketAddress(address, port))
            .toList();
    if (allowed.isEmpty()) {
      throw new RefusedAddressException();
    }
    return allowed;
  }
}
