package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.MachineId;
import java.net.Inet4Address;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher tells of flows, over a real socket. */
class FlowEventsTest {
  private static final MachineId MACHINE = new MachineId("m-00000000000000000000");
  private static final Map<Inet4Address, Duration> PINS =
      Map.of(Inet4Address.ofLiteral("192.0.2.1"), Duration.ofMinutes(1));

  private static final class Heard implements FlowListener {
    private final Queue<String> events = new ConcurrentLinkedQueue<>();

    @Override
    public void opened(MachineId machine, long flow, Target target) {
      events.add("%s opened %d %s".formatted(machine, flow, target));
    }

    @Override
    public void ended(MachineId machine, long flow, long bytesUp, long bytesDown) {
      events.add("%s ended %d %d %d".formatted(machine, flow, bytesUp, bytesDown));
    }

    @Override
    public void blocked(MachineId machine, Target target, Reason reason) {
      events.add("%s blocked %s %s".formatted(machine, target, reason));
    }

    @Override
    public void more(MachineId machine, long opened, long blocked) {
      events.add("%s more %d %d".formatted(machine, opened, blocked));
    }
  }

  @Test
  void whoFollowsHearsOfFlowsAndARefusalOfAKindThatIsNotKnown(@TempDir Path directory)
      throws Exception {
    Path socket = directory.resolve("launcher.sock");
    Heard former = new Heard();
    Heard heard = new Heard();
    try (ScriptedLauncher launcher = new ScriptedLauncher(socket);
        QemuHost host = new QemuHost(socket, directory, directory)) {
      HostLinks links = host.links();
      links.follow(former);
      links.follow(heard);
      launcher.answer("network.pin", spec -> answerAndEvents());
      links.pin(MACHINE, PINS);
      Awaitility.await().until(() -> heard.events.size() == 5);
    }
    assertThat(heard.events)
        .containsExactly(
            MACHINE + " opened 4294967295 Target[protocol=tcp, address=/192.0.2.7, port=65535]",
            MACHINE + " ended 4294967295 5000000000 0",
            MACHINE + " blocked Target[protocol=47, address=/192.0.2.8, port=0] FORBIDDEN_ADDRESS",
            MACHINE + " blocked Target[protocol=udp, address=/192.0.2.8, port=53] NOT_LISTED",
            MACHINE + " more 3 4");
    assertThat(former.events).isEmpty();
  }

  private static List<String> answerAndEvents() {
    return List.of(
        "\"ok\":{}",
        event(
            "opened",
            "\"flow\":4294967295,\"protocol\":\"tcp\",\"address\":\"192.0.2.7\",\"port\":65535"),
        event("ended", "\"flow\":4294967295,\"bytesUp\":5000000000,\"bytesDown\":0"),
        event(
            "blocked",
            "\"protocol\":\"47\",\"address\":\"192.0.2.8\",\"port\":0,"
                + "\"reason\":\"forbidden_address\""),
        event("of-another-release", "\"x\":1"),
        event(
            "blocked",
            "\"protocol\":\"udp\",\"address\":\"192.0.2.8\",\"port\":53,"
                + "\"reason\":\"of_another_release\""),
        event("more", "\"opened\":3,\"blocked\":4"));
  }

  private static String event(String kind, String rest) {
    return "{\"event\":\"network.%s\",\"machine\":\"%s\",%s}".formatted(kind, MACHINE, rest);
  }
}
