package io.omnirun.bench;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The proxy for listed names against HAProxy, which looks at the same name: each a process of its
 * own before the same server and the same clients, in turns. Needs {@code haproxy} (Debian's
 * package), and is left out where there is none.
 */
final class SniProxying implements Scenario {
  private static final String NAME = "listed.example.com";

  /** No guest's and no name server's address, so nobody else is asked or answered. */
  private static final String ADDRESS = "127.77.0.1";

  private static final int ROUNDS = 10;
  private static final int WARM_UP_ROUNDS = 3;
  private static final int CLIENTS = 16;
  private static final int CONNECTIONS = 600;

  /** Without encryption of either end, so what is left is the proxies' own work. */
  private static final int BARE_CONNECTIONS = 4_000;

  private static final int STREAMS = 4;
  private static final long BYTES = 512L * 1024 * 1024;
  private static final double PROMISED_CONNECTIONS = 0.7;
  private static final double PROMISED_THROUGHPUT = 0.8;
  private static final double PROMISED_DECISION_MS = 1;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MEBI = 1024.0 * 1024;

  /** What is done again and again through one proxy. */
  @FunctionalInterface
  private interface Visit {
    void to(InetSocketAddress proxy) throws IOException;
  }

  @Override
  public String name() {
    return "sni-proxy";
  }

  @Override
  public void run(Report report) {
    if (!SniPath.haproxyIsInstalled()) {
      System.out.println("left out: there is no /usr/sbin/haproxy (package haproxy)");
      return;
    }
    try {
      connections(report);
      bareConnections(report);
      throughput(report);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the proxies were not measured", e);
    }
  }

  private static void connections(Report report) throws IOException, GeneralSecurityException {
    Samples ours = new Samples();
    Samples others = new Samples();
    try (TlsEnd end = new TlsEnd(NAME, Inet4Address.ofLiteral(ADDRESS));
        SniPath our = SniPath.ours(NAME, end.address());
        SniPath haproxy = SniPath.haproxy(NAME, end.address())) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        if (round == 0) {
          our.decisions();
        }
        add(counts ? ours : new Samples(), our, end::connect, CLIENTS, CONNECTIONS);
        add(counts ? others : new Samples(), haproxy, end::connect, CLIENTS, CONNECTIONS);
      }
      Samples decisions = our.decisions();
      report.durations("decision of the proxy, 1,000 names listed", decisions);
      report.verdict(
          "a decision takes p50 ≤ 1 ms",
          "%.3f ms, p99 %.3f ms".formatted(decisions.percentile(50), decisions.percentile(99)),
          decisions.percentile(50) <= PROMISED_DECISION_MS);
    }
    compare(report, "TLS connections a second", "%.0f/s", ours, others, PROMISED_CONNECTIONS);
  }

  private static void bareConnections(Report report) throws IOException {
    Samples ours = new Samples();
    Samples others = new Samples();
    try (BulkEnd end = new BulkEnd(NAME, Inet4Address.ofLiteral(ADDRESS), 1);
        SniPath our = SniPath.ours(NAME, end.address());
        SniPath haproxy = SniPath.haproxy(NAME, end.address())) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        add(counts ? ours : new Samples(), our, end::fetch, CLIENTS, BARE_CONNECTIONS);
        add(counts ? others : new Samples(), haproxy, end::fetch, CLIENTS, BARE_CONNECTIONS);
      }
    }
    compare(report, "hellos without TLS a second", "%.0f/s", ours, others, PROMISED_CONNECTIONS);
  }

  private static void throughput(Report report) throws IOException {
    Samples ours = new Samples();
    Samples others = new Samples();
    try (BulkEnd end = new BulkEnd(NAME, Inet4Address.ofLiteral(ADDRESS), BYTES);
        SniPath our = SniPath.ours(NAME, end.address());
        SniPath haproxy = SniPath.haproxy(NAME, end.address())) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        add(counts ? ours : new Samples(), our, end::fetch, STREAMS, STREAMS);
        add(counts ? others : new Samples(), haproxy, end::fetch, STREAMS, STREAMS);
      }
    }
    double mebibytes = BYTES / MEBI;
    compare(
        report,
        "MiB a second behind the hello",
        "%.0f MiB/s",
        scaled(ours, mebibytes),
        scaled(others, mebibytes),
        PROMISED_THROUGHPUT);
  }

  private static Samples scaled(Samples samples, double factor) {
    Samples scaled = new Samples();
    samples.all().forEach(value -> scaled.add(value * factor));
    return scaled;
  }

  /** One round: so many visits by so many clients at once, as visits a second. */
  private static void add(Samples rates, SniPath path, Visit visit, int clients, int visits) {
    List<Future<?>> running = new ArrayList<>();
    long start = System.nanoTime();
    try (ExecutorService executor = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < visits; i++) {
        running.add(
            executor.submit(
                () -> {
                  visit.to(path.address());
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a connection failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    rates.add(visits * NANOS_PER_SECOND / (System.nanoTime() - start));
  }

  private static void compare(
      Report report, String what, String form, Samples ours, Samples others, double promised) {
    double ratio = ours.percentile(50) / others.percentile(50);
    report.figure(what + ", ours (median of rounds)", form.formatted(ours.percentile(50)));
    report.figure(what + ", HAProxy", form.formatted(others.percentile(50)));
    report.verdict(
        "%s ≥ %.1f × HAProxy's".formatted(what, promised),
        "%.2f ×".formatted(ratio),
        ratio >= promised);
  }
}
