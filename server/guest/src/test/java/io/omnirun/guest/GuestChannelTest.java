package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GuestChannelTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;
  private Path socket;

  @BeforeEach
  void nameSocket() {
    socket = folder.resolve("guest.sock");
  }

  private ScriptedGuest answering(String answer) throws IOException {
    return ScriptedGuest.start(
        socket,
        (input, output) -> {
          assertThat(ScriptedGuest.readThrough(input, "\n")).isEqualTo("CONNECT 49983\n");
          output.write(ScriptedGuest.ascii(answer));
          assertThat(input.read()).isEqualTo(-1);
        });
  }

  private SocketChannel dial(Duration timeout) throws IOException {
    return new GuestChannel(socket).dial(49_983, timeout);
  }

  @Test
  void whatFollowsTheAnswerBelongsToTheService() throws Exception {
    ByteBuffer received = ByteBuffer.allocate(7);
    try (ScriptedGuest _ = answering("OK 1073741824\nservice");
        SocketChannel stream = dial(LONG)) {
      while (received.hasRemaining()) {
        assertThat(stream.read(received)).isPositive();
      }
    }
    assertThat(new String(received.array(), StandardCharsets.US_ASCII)).isEqualTo("service");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NO 1\n",
        "\n",
        "OK\n",
        "OK \n",
        "OK 1 \n",
        "OK -1\n",
        "ok 1\n",
        "OK 1111111111111111111111111111111111111\n",
        "OK 11111111111111111111111111111",
      })
  void anAnswerThatIsNoneEndsTheConnection(String answer) throws Exception {
    try (ScriptedGuest _ = answering(answer)) {
      assertThatThrownBy(() -> dial(LONG))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aGuestThatDoesNotAnswerIsNotWaitedForLongerThanWanted() throws Exception {
    try (ScriptedGuest _ = answering("OK")) {
      assertThatThrownBy(() -> dial(Duration.ofMillis(50)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aGuestThatClosesTheStreamHasNothingThatListens() throws Exception {
    try (ScriptedGuest _ =
        ScriptedGuest.start(socket, (input, output) -> ScriptedGuest.readThrough(input, "\n"))) {
      assertThatThrownBy(() -> dial(LONG)).isInstanceOf(PortClosedException.class);
    }
  }

  @Test
  void aGuestThatIsNotThereIsAnError() {
    assertThatThrownBy(() -> dial(LONG)).isInstanceOf(IOException.class);
  }
}
