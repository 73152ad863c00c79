package io.omnirun.http;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.ProxyConnectionFactory.ProxyEndPoint;
import org.eclipse.jetty.server.Request;

/**
 * Who is at the other end of a connection to a local server: we say so before the first byte of the
 * client, who has no say in it. It travels as HAProxy's PROXY protocol has it, version 2.
 */
public final class Introduction {
  /** Of the protocol's range for one's own purposes. */
  private static final int TYPE_NAME = 0xE0;

  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };

  private static final byte VERSION_2_PROXY = 0x21;
  private static final byte TCP_OVER_IPV4 = 0x11;

  /** Whoever comes this way has no address: source and destination are the host itself. */
  private static final byte[] ADDRESSES = {127, 0, 0, 1, 127, 0, 0, 1, 0, 0, 0, 0};

  private static final int TYPE_AND_LENGTH_BYTES = 3;
  private static final int MAX_NAME_BYTES = 128;

  private Introduction() {}

  /**
   * Connects to a local server for somebody, whose bytes come next. The caller closes the channel.
   *
   * @param name what {@link Exchange#introducedAs} answers
   * @throws IOException if the server does not listen
   */
  public static SocketChannel connect(Path socket, String name) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      ByteBuffer header = header(name);
      while (header.hasRemaining()) {
        channel.write(header);
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ByteBuffer header(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("nobody has a name of " + bytes.length + " bytes");
    }
    int length = ADDRESSES.length + TYPE_AND_LENGTH_BYTES + bytes.length;
    return ByteBuffer.allocate(SIGNATURE.length + Integer.BYTES + length)
        .put(SIGNATURE)
        .put(VERSION_2_PROXY)
        .put(TCP_OVER_IPV4)
        .putShort((short) length)
        .put(ADDRESSES)
        .put((byte) TYPE_NAME)
        .putShort((short) bytes.length)
        .put(bytes)
        .flip();
  }

  /** Jetty takes connections without one, too. */
  static Request require(Request request, HttpFields.Mutable answerHeaders) {
    if (of(request).isEmpty()) {
      throw new BadMessageException("nobody has introduced this client");
    }
    return request;
  }

  /** As whom the client of a request was introduced; empty on a server that anybody reaches. */
  static Optional<String> of(Request request) {
    return request.getConnectionMetaData().getConnection().getEndPoint()
            instanceof ProxyEndPoint introduced
        ? Optional.ofNullable(introduced.getTLV(TYPE_NAME))
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        : Optional.empty();
  }
}
