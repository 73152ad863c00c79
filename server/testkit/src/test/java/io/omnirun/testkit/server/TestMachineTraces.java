package io.omnirun.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestMachineTraces {
  /** No launcher has this name, so nothing but the two directories counts. */
  private static final String INSTANCE = "none";

  @TempDir private Path directory;
  private Path machines = Path.of("");
  private Path records = Path.of("");

  @BeforeEach
  void makeDirectories() throws IOException {
    machines = Files.createDirectory(directory.resolve("machines"));
    records = Files.createDirectory(directory.resolve("records"));
  }

  @Test
  void tracesOfOneMachineBelongTogether() throws IOException {
    Path ofServer = Files.createDirectory(machines.resolve("m1"));
    Path ofLauncher = Files.createFile(records.resolve("m1.json"));
    MachineTraces traces = MachineTraces.find(INSTANCE, machines, records);
    assertThat(traces.machines()).containsExactly("m1");
    assertThat(traces.all()).containsExactly(ofServer.toString(), ofLauncher.toString());
  }

  @Test
  void directoryWithoutAProcessIsNoRunningMachine() throws IOException {
    Path forgotten = Files.createDirectory(machines.resolve("m1"));
    assertThat(MachineTraces.find(INSTANCE, machines, records).ofIncompleteMachines())
        .containsExactly(forgotten.toString());
  }

  @Test
  void halfWrittenRecordCounts() throws IOException {
    Path half = Files.createFile(records.resolve("m1.json.new"));
    assertThat(MachineTraces.find(INSTANCE, machines, records).all())
        .containsExactly(half.toString());
  }

  @Test
  void emptyAndMissingDirectoriesHoldNothing() {
    assertThat(MachineTraces.find(INSTANCE, machines, directory.resolve("missing")).all())
        .isEmpty();
  }
}
