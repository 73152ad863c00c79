package io.omnirun.bench;

import java.util.List;

/**
 * {@code ./dev bench}: measures what SPECIFICATION.md promises, in one run on one machine, and
 * prints on what it ran, and two tables. Must run as root: it starts a server of its own and reads
 * the memory of other users' processes. An argument picks one scenario.
 */
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) {
    String host = HostLine.describe();
    System.out.println(host);
    Report report = new Report();
    List<Scenario> scenarios =
        List.of(
            new PooledCreates(),
            new VaultInjection(),
            new NetworkCreates(),
            new ColdCreates(),
            new Commands(),
            new Echo(),
            new IdleStreams(),
            new FileTransfers(),
            new LargeFiles(),
            new IdleMemory(),
            new SandboxMemory(),
            new CreatesAtOnce(),
            new CreateRates(),
            new PauseResume(),
            new Interpreter(),
            new TokenCheck(),
            new SniProxying(),
            new PreviewProxying(),
            new PreviewDownload(),
            new LlmGateway(),
            new ServerLife());
    for (Scenario scenario : scenarios) {
      if (arguments.length == 0 || List.of(arguments).contains(scenario.name())) {
        System.out.println("==> " + scenario.name());
        try {
          scenario.run(report);
        } catch (RuntimeException e) {
          report.failed(scenario.name(), e);
        }
      }
    }
    report.print(host);
  }
}
