package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.proto.v1.ApplyIdentityRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams that a real guest's end of the link opens to services of the host. */
@Timeout(180)
class GuestCallsHostTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int MAX_STREAMS = 16;
  private static final int SERVED = 49_980;

  @TempDir Path folder;

  private Path vmmSocket;
  private Path frontSocket;
  private ServerSocketChannel service;
  private final Queue<Integer> asked = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void startService() throws IOException {
    vmmSocket = folder.resolve("vmm.sock");
    frontSocket = folder.resolve("front.sock");
    service = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    service.bind(UnixDomainSocketAddress.of(folder.resolve("service.sock")));
  }

  @AfterEach
  void stopService() throws IOException {
    service.close();
  }

  private Optional<SocketChannel> connect(int port) throws IOException {
    asked.add(port);
    return port == SERVED
        ? Optional.of(SocketChannel.open(service.getLocalAddress()))
        : Optional.empty();
  }

  private MuxFront open() throws IOException {
    return MuxFront.open(
        GuestDialer.virtioSerial(vmmSocket), frontSocket, false, TIMEOUT, this::connect);
  }

  /** A stream to the guest that it joins to one of its own, to a port of the host. */
  private SocketChannel callHost(int port) throws IOException {
    SocketChannel stream = new GuestChannel(frontSocket).dial(GuestServices.UPLINK, TIMEOUT);
    write(stream, port + "\n");
    return stream;
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(StandardCharsets.US_ASCII.encode(text));
  }

  private static String readAll(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Channels.newInputStream(channel).transferTo(all);
    return all.toString(StandardCharsets.US_ASCII);
  }

  private static void readOne(SocketChannel channel) throws IOException {
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
  }

  @Test
  void bytesPassBothWaysAndEachWayEndsByItself() throws Exception {
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open();
        SocketChannel call = callHost(SERVED)) {
      write(call, "question");
      call.shutdownOutput();
      try (SocketChannel served = service.accept()) {
        assertThat(readAll(served)).isEqualTo("question");
        write(served, "answer");
      }
      assertThat(readAll(call)).isEqualTo("answer");
      assertThat(asked).containsExactly(SERVED);
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void muchArrivesWholeInBothDirections() throws Exception {
    byte[] sent = GuestServices.randomBytes(3, 3 * 1024 * 1024);
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open();
        SocketChannel call = callHost(SERVED)) {
      Thread echo =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (SocketChannel served = service.accept()) {
                      Channels.newInputStream(served).transferTo(Channels.newOutputStream(served));
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      assertThat(GuestServices.exchange(call, sent)).isEqualTo(sent);
      echo.join();
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aPortThatIsNoServiceIsReset() throws Exception {
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open();
        SocketChannel call = callHost(22)) {
      assertThat(readAll(call)).isEmpty();
      assertThat(asked).containsExactly(22);
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aFloodOfStreamsIsCutOffAtTheBoundAndWhatIsOverMakesRoom() throws Exception {
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open()) {
      List<SocketChannel> calls = new ArrayList<>();
      List<SocketChannel> served = new ArrayList<>();
      for (int i = 0; i < MAX_STREAMS; i++) {
        calls.add(callHost(SERVED));
        served.add(service.accept());
      }
      for (int i = 0; i < 5; i++) {
        try (SocketChannel tooMany = callHost(SERVED)) {
          assertThat(readAll(tooMany)).isEmpty();
        }
      }
      assertThat(asked).hasSize(MAX_STREAMS);
      served.removeFirst().close();
      SocketChannel over = calls.removeFirst();
      assertThat(readAll(over)).isEmpty();
      over.close();
      // The guest's end of the one that is over is heard of a moment later.
      await()
          .until(
              () -> {
                calls.add(callHost(SERVED));
                return asked.size() > MAX_STREAMS;
              });
      for (SocketChannel channel : calls) {
        channel.close();
      }
      for (SocketChannel channel : served) {
        channel.close();
      }
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aServiceThatEndsEndsTheStreamOfAGuestThatSaysNothing() throws Exception {
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open();
        SocketChannel call = callHost(SERVED)) {
      try (SocketChannel served = service.accept()) {
        write(served, "go away");
      }
      assertThat(readAll(call)).isEqualTo("go away");
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void theEndOfTheSessionEndsTheCallsOfTheService() throws Exception {
    try (GoProgram guest = GoProgram.linkGuest(vmmSocket);
        MuxFront front = open();
        SocketChannel call = callHost(SERVED);
        SocketChannel served = service.accept()) {
      write(call, "x");
      readOne(served);
      front.close();
      assertThat(readAll(served)).isEmpty();
    }
  }

  /** The whole agent: its listener is there while its identity says so. */
  @Test
  void aProgramBesideTheAgentReachesTheHostThroughItsPort() throws Exception {
    int port = unusedPort();
    AtomicInteger served = new AtomicInteger();
    Thread.ofVirtual().start(() -> serveEcho(served));
    try (GoProgram guest = GoProgram.agent(vmmSocket);
        GuestHttp http = GuestHttp.start();
        MuxFront front = open()) {
      AgentClient agent = new AgentClient(http, frontSocket, () -> "");
      agent.applyIdentity(identity(0));
      assertThatThrownBy(() -> ask(port)).isInstanceOf(ConnectException.class);
      agent.applyIdentity(identity(port));
      assertThat(ask(port)).isEqualTo("ping");
      for (int i = 0; i < 30; i++) {
        assertThat(ask(port)).isEqualTo("ping");
      }
      assertThat(served).hasValue(31);
      agent.applyIdentity(identity(0));
      assertThatThrownBy(() -> ask(port)).isInstanceOf(ConnectException.class);
      assertThat(front.ended()).isNotDone();
    }
  }

  private void serveEcho(AtomicInteger count) {
    try {
      while (true) {
        try (SocketChannel served = service.accept()) {
          count.incrementAndGet();
          Channels.newInputStream(served).transferTo(Channels.newOutputStream(served));
        }
      }
    } catch (IOException e) {
      assertThat(service.isOpen()).isFalse();
    }
  }

  private static String ask(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      socket.getOutputStream().write("ping".getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static int unusedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private static ApplyIdentityRequest identity(int llmPort) {
    return ApplyIdentityRequest.newBuilder()
        .setHostname("sb-1")
        .setMachineId("0f".repeat(16))
        .setBootId("01234567-89ab-cdef-0123-456789abcdef")
        .setEntropy(ByteString.copyFrom(new byte[64]))
        .setUnixNs(1_800_000_000_000_000_000L)
        .setLlmPort(llmPort)
        .build();
  }
}
