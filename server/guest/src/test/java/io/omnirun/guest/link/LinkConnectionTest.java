package io.omnirun.guest.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.ScriptedGuest;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LinkConnectionTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** What a guest does with a host. */
  private interface Script {
    void run(FakeAgent agent) throws IOException;
  }

  @TempDir Path folder;
  private Path socket;

  @BeforeEach
  void nameSocket() {
    socket = folder.resolve("vmm.sock");
  }

  private ScriptedGuest guest(Script script) throws IOException {
    return ScriptedGuest.start(socket, (input, output) -> script.run(new FakeAgent(input, output)));
  }

  private LinkConnection connect() throws IOException {
    return LinkConnection.connect(GuestDialer.virtioSerial(socket), true, LONG);
  }

  private static byte[] bytes(ByteBuffer record) {
    byte[] bytes = new byte[record.remaining()];
    record.get(bytes);
    return bytes;
  }

  @Test
  void recordsGoBothWays() throws Exception {
    CompletableFuture<byte[]> received = new CompletableFuture<>();
    try (ScriptedGuest _ =
            guest(
                agent -> {
                  Nonce nonce = agent.shakeHands();
                  agent.writeRecord(new byte[] {1}, nonce.guestToHostTag());
                  agent.writeRecord(new byte[65_536], nonce.guestToHostTag());
                  agent.writeRecord(new byte[] {3, 3}, nonce.guestToHostTag());
                  received.complete(agent.readRecord(nonce.hostToGuestTag()));
                  agent.awaitEnd();
                });
        LinkConnection link = connect()) {
      assertThat(bytes(link.readRecord())).containsExactly(1);
      assertThat(bytes(link.readRecord())).hasSize(65_536);
      assertThat(bytes(link.readRecord())).containsExactly(3, 3);
      link.writeRecord(ByteBuffer.wrap(new byte[] {4}), ByteBuffer.wrap(new byte[] {5, 6}));
      assertThat(received.get(60, TimeUnit.SECONDS)).containsExactly(4, 5, 6);
    }
  }

  @Test
  void whatAnEarlierConnectionLeftBeforeTheEchoIsDiscarded() throws Exception {
    try (ScriptedGuest _ =
            guest(
                agent -> {
                  Nonce nonce = agent.readMessage().nonce();
                  LinkMessage echo = new LinkMessage(1, LinkMessage.Kind.ECHO, nonce);
                  byte[] half = Arrays.copyOf(echo.encode().array(), LinkMessage.BYTES - 1);
                  byte[] damaged = echo.encode().array();
                  damaged[20] ^= 1;
                  agent.write("left over".getBytes(StandardCharsets.UTF_8));
                  agent.write(new LinkMessage(1, LinkMessage.Kind.READY, nonce));
                  agent.write(new LinkMessage(1, LinkMessage.Kind.ECHO, Nonce.random()));
                  agent.write(damaged);
                  agent.write(half);
                  agent.write(echo);
                  agent.readMessage(); // HELLO again, for READY
                  agent.readMessage();
                  agent.writeRecord(new byte[] {9}, nonce.guestToHostTag());
                  agent.awaitEnd();
                });
        LinkConnection link = connect()) {
      assertThat(bytes(link.readRecord())).containsExactly(9);
    }
  }

  @Test
  void anAgentThatLostTheGreetingToAnOlderSessionIsGreetedAgain() throws Exception {
    try (ScriptedGuest _ =
            guest(
                agent -> {
                  LinkMessage lost = agent.readMessage();
                  agent.write(new LinkMessage(1, LinkMessage.Kind.READY, new Nonce(new byte[16])));
                  Nonce nonce = agent.shakeHands();
                  assertThat(nonce).isEqualTo(lost.nonce());
                  agent.writeRecord(new byte[] {7}, nonce.guestToHostTag());
                  agent.awaitEnd();
                });
        LinkConnection link = connect()) {
      assertThat(bytes(link.readRecord())).containsExactly(7);
    }
  }

  @Test
  void whatStandsBehindTheEchoIsDiscardedToo() throws Exception {
    try (ScriptedGuest _ =
            guest(
                agent -> {
                  Nonce first = agent.readMessage().nonce();
                  byte[] echo = new LinkMessage(1, LinkMessage.Kind.ECHO, first).encode().array();
                  agent.write(Arrays.copyOf(echo, 100_000));
                  Nonce nonce = agent.shakeHands();
                  assertThat(nonce).isNotEqualTo(first);
                  agent.writeRecord(new byte[] {8}, nonce.guestToHostTag());
                  agent.awaitEnd();
                });
        LinkConnection link = connect()) {
      assertThat(bytes(link.readRecord())).containsExactly(8);
    }
  }

  @Test
  void anAgentIsIdleWhenItHasAnsweredAndIsToldNothingMore() throws Exception {
    CompletableFuture<Integer> left = new CompletableFuture<>();
    try (ScriptedGuest _ =
        guest(
            agent -> {
              Nonce nonce = agent.readMessage().nonce();
              agent.write(new LinkMessage(1, LinkMessage.Kind.ECHO, nonce));
              left.complete(agent.countRest());
            })) {
      LinkConnection.awaitIdle(GuestDialer.virtioSerial(socket), LONG);
      assertThat(left.get(60, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void anEchoOfAnotherNonceIsNoAnswer() throws Exception {
    try (ScriptedGuest _ =
        guest(
            agent -> {
              agent.readMessage();
              agent.write(new LinkMessage(1, LinkMessage.Kind.ECHO, Nonce.random()));
            })) {
      assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 65_535})
  void anAgentOfAVersionThatWeDoNotSpeakIsRefused(int version) throws Exception {
    try (ScriptedGuest _ =
        guest(
            agent -> {
              Nonce nonce = agent.readMessage().nonce();
              agent.write(new LinkMessage(version, LinkMessage.Kind.ECHO, nonce));
              agent.awaitEnd();
            })) {
      assertThatThrownBy(this::connect).hasMessageContaining("version " + version);
    }
  }

  /** Adopted guests run the agent that they were made with. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anAgentIsSpokenToInItsVersionAndOpensStreamsSinceTheSecond(int version) throws Exception {
    CompletableFuture<LinkMessage> start = new CompletableFuture<>();
    try (ScriptedGuest _ =
            guest(
                agent -> {
                  LinkMessage hello = agent.readMessage();
                  assertThat(hello.version()).isEqualTo(2);
                  agent.write(new LinkMessage(version, LinkMessage.Kind.ECHO, hello.nonce()));
                  start.complete(agent.readMessage());
                  agent.writeRecord(new byte[] {1}, hello.nonce().guestToHostTag());
                  agent.awaitEnd();
                });
        LinkConnection link = connect()) {
      assertThat(bytes(link.readRecord())).containsExactly(1);
      assertThat(start.get(60, TimeUnit.SECONDS).version()).isEqualTo(version);
      assertThat(link.guestOpensStreams()).isEqualTo(version == 2);
    }
  }

  @Test
  void aFreshCloneIsGreetedOnceAndAnotherGuestUntilAnyRecordIsOver() throws Exception {
    BlockingQueue<Integer> counts = new LinkedBlockingQueue<>();
    try (ScriptedGuest _ =
        guest(
            agent -> {
              LinkMessage message = agent.readMessage();
              agent.write(new LinkMessage(1, LinkMessage.Kind.ECHO, message.nonce()));
              int count = 0;
              for (; message.kind() == LinkMessage.Kind.HELLO; count++) {
                message = agent.readMessage();
              }
              counts.add(count);
            })) {
      LinkConnection.connect(GuestDialer.virtioSerial(socket), true, LONG).close();
      assertThat(counts.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
      LinkConnection.connect(GuestDialer.virtioSerial(socket), false, LONG).close();
      assertThat(counts.poll(60, TimeUnit.SECONDS) * 32).isGreaterThanOrEqualTo(65_536 + 64);
    }
  }

  @Test
  void anAgentThatDoesNotAnswerIsNotWaitedForLongerThanWanted() throws Exception {
    try (ScriptedGuest _ = guest(FakeAgent::awaitEnd)) {
      assertThatThrownBy(
              () ->
                  LinkConnection.connect(
                      GuestDialer.virtioSerial(socket), true, Duration.ofMillis(50)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void anAgentThatTalksWithoutEndIsNotWaitedForLongerThanWanted() throws Exception {
    byte[] nonsense = new byte[65_536];
    try (ScriptedGuest _ =
        guest(
            agent -> {
              while (true) {
                agent.write(nonsense);
              }
            })) {
      assertThatThrownBy(
              () ->
                  LinkConnection.connect(
                      GuestDialer.virtioSerial(socket), true, Duration.ofMillis(200)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void anAgentThatTalksWithoutEndIsNotListenedToForLong() throws Exception {
    byte[] nonsense = new byte[65_536];
    try (ScriptedGuest _ =
        guest(
            agent -> {
              while (true) {
                agent.write(nonsense);
              }
            })) {
      assertThatThrownBy(this::connect)
          .isNotInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("instead of an answer");
    }
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    CompletableFuture<Boolean> greeted = new CompletableFuture<>();
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    try (ScriptedGuest _ =
        guest(
            agent -> {
              agent.readMessage();
              greeted.complete(true);
              agent.awaitEnd();
            })) {
      Thread waiting =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      connect().close();
                    } catch (IOException e) {
                      failure.complete(e);
                    }
                  });
      greeted.get(60, TimeUnit.SECONDS);
      waiting.interrupt();
      assertThat(failure.get(60, TimeUnit.SECONDS)).isInstanceOf(ClosedByInterruptException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_537, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void aRecordOfAnImpossibleLengthIsNotTaken(int length) throws Exception {
    assertThatRecordIsRefused(
        (agent, nonce) -> agent.write(ByteBuffer.allocate(4).putInt(length).array()));
  }

  @Test
  void aRecordWithTheTagOfTheOtherDirectionIsNotTaken() throws Exception {
    assertThatRecordIsRefused(
        (agent, nonce) -> agent.writeRecord(new byte[10], nonce.hostToGuestTag()));
  }

  @Test
  void aRecordThatIsCutIsNotTaken() throws Exception {
    assertThatRecordIsRefused(
        (agent, nonce) -> agent.write(new byte[] {0, 0, 0, 5, 'c', 'u', 't'}));
  }

  private interface RecordScript {
    void run(FakeAgent agent, Nonce nonce) throws IOException;
  }

  private void assertThatRecordIsRefused(RecordScript script) throws IOException {
    try (ScriptedGuest _ = guest(agent -> script.run(agent, agent.shakeHands()));
        LinkConnection link = connect()) {
      assertThatThrownBy(link::readRecord).isInstanceOf(IOException.class);
    }
  }

  @Test
  void closingEndsAReadThatWaits() throws Exception {
    try (ScriptedGuest _ =
        guest(
            agent -> {
              agent.shakeHands();
              agent.awaitEnd();
            })) {
      LinkConnection link = connect();
      Thread closer = Thread.ofVirtual().unstarted(() -> closeQuietly(link));
      closer.start();
      assertThatThrownBy(link::readRecord).isInstanceOf(IOException.class);
      closer.join();
    }
  }

  private static void closeQuietly(LinkConnection link) {
    try {
      link.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
