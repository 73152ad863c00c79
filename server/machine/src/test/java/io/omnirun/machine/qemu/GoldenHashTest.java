package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.model.Accelerator;
import io.omnirun.model.Command;
import io.omnirun.model.SizeClass;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GoldenHashTest {
  private final GoldenHash hashes =
      new GoldenHash(
          Accelerator.TCG,
          new HostInfo(
              new HostInfo.Cgroup(2, List.of()),
              false,
              false,
              "7.2.22",
              1,
              "test",
              null,
              null,
              null));

  @Test
  void startCommandAndItsVariablesMakeAnotherSnapshot() {
    assertThat(
            Set.of(
                hash(Optional.empty()),
                hash(command("one", Map.of())),
                hash(command("two", Map.of())),
                hash(command("one", Map.of("A", "1"))),
                hash(command("one", Map.of("A", "2")))))
        .hasSize(5);
  }

  @Test
  void orderOfVariablesMakesNoDifference() {
    Map<String, String> forwards = new LinkedHashMap<>();
    Map<String, String> backwards = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      forwards.put("V" + i, "x");
      backwards.put("V" + (19 - i), "x");
    }
    assertThat(hash(command("one", forwards))).isEqualTo(hash(command("one", backwards)));
  }

  @Test
  void aReadyCommandIsNoStartCommand() {
    assertThat(
            Set.of(
                hash(Optional.empty(), Optional.empty()),
                hash(Optional.empty(), command("one", Map.of())),
                hash(command("one", Map.of()), Optional.empty())))
        .hasSize(3);
  }

  private String hash(Optional<Command> startCommand) {
    return hash(startCommand, Optional.empty());
  }

  private String hash(Optional<Command> startCommand, Optional<Command> readyCommand) {
    return hashes.of(
        new GoldenRecipe(
            "base",
            new SizeClass(1, 256, 64),
            "kernel",
            "image",
            List.of("true"),
            startCommand,
            readyCommand));
  }

  private static Optional<Command> command(String line, Map<String, String> envs) {
    return Optional.of(new Command(line, "root", Optional.empty(), envs, Optional.empty()));
  }
}
