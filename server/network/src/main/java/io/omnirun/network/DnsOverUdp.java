package io.omnirun.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resolver's datagrams. One thread takes them, one more for each question answers it. */
final class DnsOverUdp implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DnsOverUdp.class);

  /**
   * Questions have some 50 bytes, with all options some hundreds. Longer ones are cut: malformed.
   */
  private static final int MAX_QUERY_BYTES = 2_048;

  private final GuestResolver resolver;
  private final DatagramChannel channel;
  private final InetSocketAddress address;

  DnsOverUdp(InetSocketAddress at, GuestResolver resolver) throws IOException {
    this.resolver = resolver;
    channel = DatagramChannel.open(StandardProtocolFamily.INET);
    try {
      channel.bind(at);
      address = (InetSocketAddress) channel.getLocalAddress();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_QUERY_BYTES);
    while (channel.isOpen()) {
      try {
        SocketAddress source = channel.receive(buffer.clear());
        byte[] query = new byte[buffer.flip().remaining()];
        buffer.get(query);
        take(source, query);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.warn("a question by UDP is lost", e);
      }
    }
  }

  private void take(SocketAddress source, byte[] query) {
    Optional<Guest> guest = resolver.guestAt(source);
    if (guest.isPresent() && resolver.mayAsk(guest.get())) {
      Thread.startVirtualThread(() -> answer(guest.get(), source, query));
    }
  }

  private void answer(Guest guest, SocketAddress source, byte[] query) {
    try {
      Optional<DnsAnswers.Answer> answer = resolver.answer(guest, query);
      if (answer.isPresent()) {
        byte[] wire = answer.get().message().toWire(answer.get().maxUdpBytes());
        channel.send(ByteBuffer.wrap(wire), source);
      }
    } catch (IOException e) {
      LOG.debug("an answer by UDP is not sent", e);
    } finally {
      resolver.done(guest);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("the resolver's socket is not closed", e);
    }
  }
}
