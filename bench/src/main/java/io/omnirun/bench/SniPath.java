package io.omnirun.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A proxy that runs beside this program, ours or HAProxy. */
final class SniPath implements AutoCloseable {
  private static final Path HAPROXY = Path.of("/usr/sbin/haproxy");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final InetSocketAddress address;

  private SniPath(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Ours, with as much memory as the server has, for one listed name of many. */
  static SniPath ours(String name, InetSocketAddress server) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ProxyProcess.class.getName(),
                name,
                server.getAddress().getHostAddress(),
                String.valueOf(server.getPort()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int port = Integer.parseInt(process.inputReader(StandardCharsets.US_ASCII).readLine());
    return new SniPath(process, new InetSocketAddress(server.getAddress(), port));
  }

  static boolean haproxyIsInstalled() {
    return Files.isExecutable(HAPROXY);
  }

  /** HAProxy, which looks at the same name and has the server's address in its configuration. */
  static SniPath haproxy(String name, InetSocketAddress server) throws IOException {
    InetSocketAddress address = Listeners.free(server.getAddress());
    Path file = Files.createTempFile("haproxy", ".cfg");
    Files.writeString(file, configuration(name, address, server));
    Process process =
        new ProcessBuilder(HAPROXY.toString(), "-db", "-q", "-f", file.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    SniPath path = new SniPath(process, address);
    Awaitility.await().atMost(PATIENCE).until(() -> Listeners.takesConnections(address));
    Files.delete(file);
    return path;
  }

  private static String configuration(
      String name, InetSocketAddress address, InetSocketAddress server) {
    return """
    global
      maxconn 4096
    defaults
      mode tcp
      timeout connect 5s
      timeout client 900s
      timeout server 900s
    frontend guests
      bind %s:%d
      tcp-request inspect-delay 10s
      tcp-request content accept if { req_ssl_sni -i %s }
      tcp-request content reject
      default_backend servers
    backend servers
      server one %s:%d
    """
        .formatted(
            address.getHostString(),
            address.getPort(),
            name,
            server.getHostString(),
            server.getPort());
  }

  InetSocketAddress address() {
    return address;
  }

  /** Of ours: how long each decision took since this was asked last. */
  Samples decisions() throws IOException {
    PrintWriter input = new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true);
    input.println();
    BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
    Samples samples = new Samples();
    Stream.of(output.readLine().split(" "))
        .filter(text -> !text.isEmpty())
        .forEach(micros -> samples.add(Long.parseLong(micros) / 1_000.0));
    return samples;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
