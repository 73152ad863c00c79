package io.omnirun.bench;

import io.omnirun.guest.Preface;
import io.omnirun.testkit.server.ApiClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A small program in the guest that takes and gives a file over a stream: no HTTP, no JSON. */
final class BareFiles {
  private static final int WRITE_PORT = 7001;
  private static final int READ_PORT = 7002;
  private static final int BUFFER_BYTES = 256 * 1024;

  private static final String PROGRAM =
      """
      import socket, threading
      def listen(port, serve):
          listener = socket.socket()
          listener.bind(("127.0.0.1", port))
          listener.listen()
          while True:
              connection, _ = listener.accept()
              with connection:
                  serve(connection)
      def take(connection):
          buffer = bytearray(1 << 20)
          with open("/tmp/file", "wb", buffering=0) as file:
              while count := connection.recv_into(buffer):
                  file.write(memoryview(buffer)[:count])
          connection.sendall(b"k")
      def give(connection):
          with open("/tmp/file", "rb") as file:
              connection.sendfile(file)
      threading.Thread(target=listen, args=(7001, take)).start()
      listen(7002, give)
      """;

  private final Path guestSocket;

  private BareFiles(Path guestSocket) {
    this.guestSocket = guestSocket;
  }

  static BareFiles start(ApiClient client, String sandbox, Path guestSocket) {
    client.writeFile(sandbox, "/tmp/bare.py", PROGRAM);
    client
        .run(sandbox, Map.of("command", "exec python3 /tmp/bare.py", "background", true))
        .expect(200);
    client.output(sandbox, "until ss -ltn | grep -q :7002; do sleep 0.1; done");
    return new BareFiles(guestSocket);
  }

  Object write(String content) {
    try (SocketChannel stream = dial(WRITE_PORT)) {
      ByteBuffer bytes = StandardCharsets.US_ASCII.encode(content);
      while (bytes.hasRemaining()) {
        stream.write(bytes);
      }
      stream.shutdownOutput();
      if (stream.read(ByteBuffer.allocate(1)) != 1) {
        throw new IOException("the program in the guest did not confirm");
      }
      return stream;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Object read() {
    try (SocketChannel stream = dial(READ_PORT)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (stream.read(buffer.clear()) >= 0) {
        buffer.flip();
      }
      return stream;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SocketChannel dial(int port) throws IOException {
    SocketChannel stream = SocketChannel.open(StandardProtocolFamily.UNIX);
    stream.connect(UnixDomainSocketAddress.of(guestSocket));
    stream.write(Preface.request(port));
    Preface.Answer answer = new Preface.Answer();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (stream.read(one.clear()) == 1) {
      if (answer.isCompleteWith(one.get(0))) {
        return stream;
      }
    }
    throw new IOException("nothing listens on port " + port);
  }
}
