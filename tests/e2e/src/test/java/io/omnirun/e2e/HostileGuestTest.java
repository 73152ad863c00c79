package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.EventReader;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What root in a guest can do to harm others: the server's memory stays bounded, the sandbox beside
 * it works on, and whoever calls into the hostile one is told what happened.
 */
@Timeout(600)
class HostileGuestTest extends SharedServer {
  /** What the server may hold more of after an attack than before: caches, no output. */
  private static final long MAX_GROWTH_BYTES = 24L << 20;

  /** Far longer than a command takes beside an attack, and far shorter than a hang. */
  private static final long MAX_NEIGHBOUR_SECONDS = 60;

  /** Takes the channel from the agent, which holds it alone, and says what no agent says. */
  private static final String NONSENSE =
      """
      import ctypes, os, random
      libc = ctypes.CDLL(None, use_errno=True)
      agent = libc.syscall(434, 1, 0)
      for name in os.listdir("/proc/1/fd"):
          if "vport" in os.readlink("/proc/1/fd/" + name):
              channel = libc.syscall(438, agent, int(name), 0)
              for i in range(100):
                  os.write(channel, random.Random(i).randbytes(16384))
      """;

  /** Writes over the agent's code. */
  private static final String AGENT_KILLER =
      """
      for line in open("/proc/1/maps"):
          span, rights = line.split()[:2]
          if "x" in rights and "[" not in line:
              begin, end = (int(part, 16) for part in span.split("-"))
              with open("/proc/1/mem", "r+b", buffering=0) as memory:
                  memory.seek(begin)
                  memory.write(b"\\x0b" * (end - begin))
              break
      """;

  private String hostile = "";
  private String neighbour = "";
  private long heapBefore;

  @BeforeEach
  void createBoth() {
    neighbour = client().createSandbox();
    hostile = client().createSandbox();
    client().output(neighbour, "true");
    heapBefore = server().liveHeapBytes();
  }

  @AfterEach
  void nobodyElseHasNoticed() {
    long begun = System.nanoTime();
    assertThat(client().output(neighbour, "echo alive")).isEqualTo("alive");
    client().writeFile(neighbour, "/tmp/x", "y").expect(200);
    assertThat(System.nanoTime() - begun)
        .as("the neighbour's command and file")
        .isLessThan(TimeUnit.SECONDS.toNanos(MAX_NEIGHBOUR_SECONDS));
    client().delete("/sandboxes/" + hostile).expect(204);
    client().delete("/sandboxes/" + neighbour).expect(204);
    assertThat(server().liveHeapBytes() - heapBefore)
        .as("what the server holds more of")
        .isLessThan(MAX_GROWTH_BYTES);
  }

  private String background(String command) {
    return client()
        .run(hostile, Map.of("command", command, "background", true))
        .expect(200)
        .text("pid");
  }

  private String program(String text) {
    client().writeFile(hostile, "/tmp/program.py", text).expect(200);
    return "python3 /tmp/program.py";
  }

  /** A call into a guest that may be lost: it ends, and says so. */
  private Reply tried() {
    Reply reply = client().run(hostile, Map.of("command", "echo through", "timeout", 5));
    assertThat(reply.status()).as(reply.body()).isIn(200, 409);
    if (reply.status() == 409) {
      assertThat(reply.text("code")).isIn("guest_unreachable", "sandbox_not_running");
      assertThat(reply.text("message")).isNotBlank();
    }
    return reply;
  }

  @Test
  void forksWithoutEnd() {
    // In one command: once a bomb burns, the agent may not get to start another.
    background(
        "(while :; do sleep 1000 & done) & bomb() { bomb | bomb & }; bomb; while :; do bomb; done");
    for (int i = 0; i < 2; i++) {
      tried();
      assertThat(client().output(neighbour, "echo beside")).isEqualTo("beside");
    }
    assertThat(client().get("/sandboxes/" + hostile).expect(200).text("state"))
        .isIn("running", "failed");
  }

  @Test
  void fillsItsDisk() {
    Reply filled = client().run(hostile, "cat /dev/zero > /root/full; cat /dev/zero > /root/more");
    assertThat(filled.expect(200).text("stderr")).contains("No space left on device");
    client().writeFile(hostile, "/root/small", "x".repeat(100_000)).expectError(409, "disk_full");
    assertThat(client().output(hostile, "echo still here")).isEqualTo("still here");
    client().output(hostile, "rm /root/full /root/more");
    client().writeFile(hostile, "/root/small", "x").expect(200);
  }

  /** All pages at once: of those of the golden snapshot that nobody had touched, too. */
  @Test
  void takesAllItsMemory() {
    String greedy =
        "taken = []\nwhile True: taken.append(b'x' * (1 << 20) + bytes([len(taken) % 256]))";
    Reply ended = client().run(hostile, program(greedy)).expect(200);
    assertThat(ended.json().path("exit_code").asInt())
        .as("killed by its own kernel")
        .isEqualTo(137);
    client().run(hostile, "head -c 200M /dev/zero > /root/cached; cat /root/cached > /dev/null");
    assertThat(client().output(hostile, "echo alive")).isEqualTo("alive");
  }

  @Test
  void killsItsAgent() {
    Reply last = client().run(hostile, program(AGENT_KILLER));
    assertThat(last.status()).as(last.body()).isEqualTo(409);
    assertThat(last.text("code")).isIn("guest_unreachable", "sandbox_not_running");
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().get("/sandboxes/" + hostile).text("state").equals("failed"));
    String reason = client().get("/sandboxes/" + hostile).text("failureReason");
    assertThat(reason).isNotBlank();
    assertThat(
            client().run(hostile, "true").expectError(409, "sandbox_not_running").text("message"))
        .contains(reason);
  }

  @Test
  void answersNonsense() {
    background(program(NONSENSE));
    // What it says of itself is not believed, and no call waits for it for ever.
    Awaitility.await().atMost(180, TimeUnit.SECONDS).until(() -> tried().status() == 409);
    assertThat(client().output(neighbour, "echo beside")).isEqualTo("beside");
    Awaitility.await("it is reached again when it has said what it had to say")
        .atMost(180, TimeUnit.SECONDS)
        .until(() -> tried().status() == 200);
  }

  @Test
  void floodsItsOutputAndClosesItsStreams() throws IOException {
    String flood = background("yes");
    try (EventReader lazy =
        EventReader.open(
            server(), client(), "/sandboxes/" + hostile + "/commands/" + flood + "/stream")) {
      lazy.next();
      Reply endless = client().run(hostile, Map.of("command", "yes", "timeout", 1)).expect(200);
      assertThat(endless.json().path("exit_code").asInt()).isEqualTo(124);
      Reply flooded = client().run(hostile, "yes | head -c 20000000").expect(200);
      assertThat(flooded.json().path("truncated").asBoolean()).isTrue();
      Reply closed = client().run(hostile, "exec 0<&- 1>&- 2>&-; exit 3").expect(200);
      assertThat(closed.json().path("exit_code").asInt()).isEqualTo(3);
    }
    client().delete("/sandboxes/" + hostile + "/commands/" + flood).expect(204);
  }
}
