package io.omnirun.machine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A unix socket that carries one JSON document a line, as the launcher and QMP have it. One thread
 * may read while others write. Blocks.
 */
public final class JsonLineSocket implements AutoCloseable {
  /** No message of either protocol comes near; a peer that sends more is broken. */
  private static final int MAX_LINE_BYTES = 1024 * 1024;

  private final SocketChannel channel;
  private final InputStream input;
  private final ObjectMapper json;

  private JsonLineSocket(SocketChannel channel, ObjectMapper json) {
    this.channel = channel;
    this.input = new BufferedInputStream(Channels.newInputStream(channel));
    this.json = json;
  }

  /** Connects to a listening socket. The caller closes it. */
  public static JsonLineSocket connect(Path path, ObjectMapper json) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
      return new JsonLineSocket(channel, json);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Sends one document. */
  public synchronized void write(JsonNode document) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.write(json.writeValueAsBytes(document));
    line.write('\n');
    ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The next document; null at the end of the stream. */
  public @Nullable JsonNode read() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = input.read();
    while (next >= 0 && next != '\n') {
      if (line.size() >= MAX_LINE_BYTES) {
        throw new IOException("a line of more than " + MAX_LINE_BYTES + " bytes");
      }
      line.write(next);
      next = input.read();
    }
    if (next < 0) {
      return null;
    }
    return json.readTree(line.toByteArray());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("a socket could not be closed", e);
    }
  }
}
