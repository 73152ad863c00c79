package io.omnirun.e2e.contract;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.model.MachineId;
import io.omnirun.testkit.machine.MachineContract;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Run by {@link ContractProgram}: nowhere else is there a launcher for it. */
final class QemuContract extends MachineContract {
  @TempDir Path paused;
  private final List<QemuServer> servers = new ArrayList<>();
  private final List<GoldenRecipe> newRecipes = new ArrayList<>();
  private QemuServer server;

  @BeforeEach
  void startServer() {
    server = nextServer(0);
  }

  @AfterEach
  @Override
  protected void end() {
    try {
      super.end();
    } finally {
      // Of a test that failed: the next one begins with nothing.
      driver().found().forEach(driver()::remove);
      newRecipes.forEach(this::forget);
      servers.forEach(QemuServer::close);
    }
  }

  private void forget(GoldenRecipe recipe) {
    builder()
        .find(recipe)
        .map(GoldenSnapshot::hash)
        .map(QemuServer::goldenDirectory)
        .ifPresent(MachineDirectories::delete);
  }

  private QemuServer nextServer(int diskReserveMib) {
    QemuServer next = new QemuServer(paused, diskReserveMib);
    servers.add(next);
    return next;
  }

  @Override
  protected MachineDriver driver() {
    return server.driver();
  }

  @Override
  protected MachineDriver driverOfNextServer() {
    return nextServer(0).driver();
  }

  @Override
  protected MachineDriver driverOnFullDisk() {
    return nextServer(FULL_DISK_MIB).driver();
  }

  @Override
  protected PausedMachines pausedMachines() {
    return nextServer(0).paused();
  }

  /** Monitor and channel of a VMM have one client: the former server is a process, and killed. */
  @Override
  protected MachineId leftByKilledServer(GoldenSnapshot golden, String line) {
    try {
      Process former =
          new ProcessBuilder(formerServer(line))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader output = former.inputReader()) {
        String machine = output.readLine();
        return MachineId.parse(String.valueOf(machine))
            .orElseThrow(() -> new IllegalStateException("the former server made no machine"));
      } finally {
        former.destroyForcibly().onExit().join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> formerServer(String line) {
    return List.of(
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+DisplayVMOutputToStderr",
        "-D" + QemuServer.CONFIGURATION + "=" + System.getProperty(QemuServer.CONFIGURATION),
        "-cp",
        System.getProperty("java.class.path"),
        FormerServer.class.getName(),
        paused.toString(),
        line);
  }

  @Override
  protected Path pausedDir() {
    return paused;
  }

  @Override
  protected GoldenBuilder builder() {
    return server.builder();
  }

  @Override
  protected GoldenRecipe recipe() {
    return server.recipe();
  }

  @Override
  protected GoldenRecipe newRecipe() {
    GoldenRecipe usual = recipe();
    GoldenRecipe fresh =
        new GoldenRecipe(
            usual.template(),
            usual.size(),
            usual.kernel(),
            usual.image(),
            List.of("echo " + MachineId.random().value()),
            usual.startCommand(),
            usual.readyCommand());
    newRecipes.add(fresh);
    return fresh;
  }

  @Override
  protected Path machinesDir() {
    return QemuServer.machinesDir();
  }

  @Override
  protected void crash(MachineId machine) {
    ContractProgram.crash(machine);
  }
}
