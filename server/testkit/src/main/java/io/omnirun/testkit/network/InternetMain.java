package io.omnirun.testkit.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Servers of a test's internet, as a process in one of its namespaces: at every address HTTP at 80,
 * TLS at 443 and 8443, and an echo by TCP at 7 and by UDP at 7, 443 and 5353; DNS at 9.9.9.9. Says
 * {@link #READY} and runs until it is ended.
 */
public final class InternetMain {
  static final String READY = "ready";

  /** Of public servers, and of what must never be reached. */
  static final List<String> ADDRESSES =
      List.of(
          "9.9.9.9",
          "93.184.216.34",
          "93.184.216.35",
          "93.184.216.36",
          "1.1.1.1",
          "8.8.8.8",
          "10.9.9.9",
          "172.20.0.9",
          "192.168.9.9",
          "169.254.169.254");

  /** What names stand for; one that begins with a dot is all names below. */
  static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("example.com", "93.184.216.34"),
          Map.entry("www.example.com", "93.184.216.34"),
          Map.entry("allowed.test", "93.184.216.35"),
          Map.entry("shared.test", "93.184.216.35"),
          Map.entry(".wild.test", "93.184.216.36"),
          Map.entry("xn--bcher-kva.test", "93.184.216.36"),
          Map.entry("one.test", "1.1.1.1"),
          Map.entry("rebind.test", "10.9.9.9"),
          Map.entry("metadata.test", "169.254.169.254"),
          Map.entry("loopback.test", "127.0.0.1"),
          Map.entry("host.test", TestInternet.HOST_ADDRESS));

  private InternetMain() {}

  /** Takes the addresses to serve at. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("internet");
    InternetServers servers = InternetServers.withCertificateIn(directory);
    for (String address : arguments) {
      servers.serve(address);
      if (address.equals(TestInternet.NAME_SERVER)) {
        new InternetNames(NAMES).serve(address);
      }
    }
    System.out.println(READY);
    Thread.currentThread().join();
  }
}
