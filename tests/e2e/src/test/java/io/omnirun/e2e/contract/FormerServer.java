package io.omnirun.e2e.contract;

import static io.omnirun.testkit.machine.MachineContract.run;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A program that makes a machine of the contract's golden snapshot, runs a line in it, tells the
 * machine's name and waits to be killed.
 */
final class FormerServer {
  private FormerServer() {}

  /**
   * @param arguments a directory for paused machines, and the line
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream name = System.out;
    System.setOut(System.err);
    QemuServer server = new QemuServer(Path.of(arguments[0]), 0);
    GoldenSnapshot golden = server.builder().find(server.recipe()).orElseThrow();
    Machine machine = server.driver().clone(MachineId.random(), golden);
    run(machine.guest(), arguments[1]);
    name.println(machine.id().value());
    name.flush();
    // Until it is killed, or its parent has ended.
    System.in.read();
  }
}
