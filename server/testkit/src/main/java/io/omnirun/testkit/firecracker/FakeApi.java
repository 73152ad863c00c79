package io.omnirun.testkit.firecracker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The fake's HTTP server on a unix socket, with micro-http's ways. */
final class FakeApi {
  private static final int MAX_CONNECTIONS = 10;
  private static final String BUSY =
      "HTTP/1.1 503 \r\nServer: Firecracker API\r\nConnection: close\r\nContent-Length: 40\r\n\r\n"
          + "{ \"error\": \"Too many open connections\" }";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ServerSocketChannel listener;
  private final FakeMachine machine;
  private final AtomicInteger open = new AtomicInteger();

  private FakeApi(ServerSocketChannel listener, FakeMachine machine) {
    this.listener = listener;
    this.machine = machine;
  }

  /** Binds; fails if the file exists. It stays when the process has ended. */
  static FakeApi bind(FakeOptions options, FakeMachine machine) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(options.places().file(options.socket())));
    return new FakeApi(listener, machine);
  }

  /** Serves until the process ends. */
  void serve() throws IOException {
    while (true) {
      SocketChannel client = listener.accept();
      if (open.incrementAndGet() > MAX_CONNECTIONS) {
        open.decrementAndGet();
        client.write(ByteBuffer.wrap(BUSY.getBytes(StandardCharsets.US_ASCII)));
        client.close();
      } else {
        Thread.ofVirtual().start(() -> serve(client));
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      RequestReader reader = new RequestReader(client);
      Optional<Request> request = next(reader, client);
      while (request.isPresent()) {
        reply(request.get(), reader, client);
        request = next(reader, client);
      }
    } catch (IOException e) {
      System.err.println("fake api: " + e);
    } finally {
      open.decrementAndGet();
    }
  }

  private static Optional<Request> next(RequestReader reader, SocketChannel client)
      throws IOException {
    try {
      return reader.next();
    } catch (RequestReader.Malformed malformed) {
      client.write(ByteBuffer.wrap(RequestReader.malformedAnswer(malformed)));
      return Optional.empty();
    }
  }

  private void reply(Request request, RequestReader reader, SocketChannel client)
      throws IOException {
    boolean ends = false;
    Answer answer;
    try {
      answer = machine.answer(request);
    } catch (Refusal refusal) {
      ends = refusal.isFatal();
      answer =
          new Answer(
              400, JSON.createObjectNode().put("fault_message", refusal.text()).toString(), false);
    }
    if (!reader.clientHasLeft()) {
      ByteBuffer bytes = ByteBuffer.wrap(answer.bytes());
      while (bytes.hasRemaining()) {
        client.write(bytes);
      }
    }
    if (ends) {
      FakeFirecrackerMain.exit(1);
    }
    if (machine.isReset()) {
      FakeFirecrackerMain.exit(0);
    }
  }
}
