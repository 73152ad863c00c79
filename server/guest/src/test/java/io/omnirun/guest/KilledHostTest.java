package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.guest.link.GuestDialer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hosts are killed in the middle of frames, over and over, and the guest lives on: nothing that was
 * acknowledged is lost, and no byte of a killed host is ever seen in the session of another.
 */
class KilledHostTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** A host is killed after as many acknowledgements at most. */
  private static final int MAX_ACKNOWLEDGEMENTS = 200;

  @TempDir Path folder;

  private final Map<Long, Long> acknowledged = new HashMap<>();
  private Path vmmSocket;
  private GoProgram guest;

  @BeforeEach
  void startGuest() throws IOException {
    vmmSocket = folder.resolve("vmm.sock");
    guest = GoProgram.linkGuest(vmmSocket);
  }

  @AfterEach
  void stopGuest() {
    guest.close();
  }

  @Test
  void fiftyKilledHostsLeaveNothingBehindAndLoseNothing() throws Exception {
    killHosts(50);
  }

  @Test
  @Tag("long")
  void aThousandKilledHostsLeaveNothingBehindAndLoseNothing() throws Exception {
    killHosts(1_000);
  }

  private void killHosts(int hosts) throws Exception {
    Random random = new Random(hosts);
    for (int host = 0; host < hosts; host++) {
      runHost(1 + (long) host * JournalWriter.STREAMS, random);
    }
    assertThat(acknowledged).isNotEmpty();
    try (MuxFront front =
        MuxFront.open(
            GuestDialer.virtioSerial(vmmSocket), folder.resolve("front"), false, TIMEOUT)) {
      for (Map.Entry<Long, Long> entry : acknowledged.entrySet()) {
        assertKept(entry.getKey(), entry.getValue());
      }
      assertThat(front.ended()).isNotDone();
    }
  }

  private void runHost(long firstWriter, Random random) throws Exception {
    Process host =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                JournalWriter.class.getName(),
                vmmSocket.toString(),
                Long.toString(firstWriter),
                Long.toString(random.nextLong()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int left = 1 + random.nextInt(MAX_ACKNOWLEDGEMENTS);
    try (BufferedReader lines = host.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        note(line);
        if (--left == 0) {
          // Process.destroyForcibly() would also drop what the host has said before.
          host.toHandle().destroyForcibly();
        }
      }
    } finally {
      host.destroyForcibly();
      host.waitFor();
    }
    assertThat(left).as("the host came to be killed").isNotPositive();
  }

  /** {@code A <writer> <sequence>}, or what went wrong. */
  private void note(String line) {
    assertThat(line).startsWith("A ");
    String[] words = line.split(" ");
    acknowledged.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  private void assertKept(long writer, long sequence) throws IOException {
    try (SocketChannel stream =
        new GuestChannel(folder.resolve("front")).dial(GuestServices.VIOLATIONS, TIMEOUT)) {
      byte[] question = (writer + "\n").getBytes(StandardCharsets.US_ASCII);
      String answer =
          new String(GuestServices.exchange(stream, question), StandardCharsets.US_ASCII);
      assertThat(answer).matches("\\d+ 0");
      assertThat(Long.parseLong(answer.split(" ")[0])).isGreaterThanOrEqualTo(sequence);
    }
  }
}
