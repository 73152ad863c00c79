package io.omnirun.testkit.network;

import io.omnirun.testkit.server.Installation;
import io.omnirun.testkit.server.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Two network namespaces: a host for launcher and server, which the test reaches at {@link
 * #apiAddress}, and an internet behind it; both have servers as {@link InternetMain} has them.
 * Closing it ends the servers and removes both.
 */
public final class TestInternet implements AutoCloseable {
  /** Where guests' addresses are from. */
  public static final String GUESTS = "100.64.0.0/17";

  /** The name server of the internet, as the host knows it. */
  public static final String NAME_SERVER = "9.9.9.9";

  /** The host's own address in the internet. */
  public static final String HOST_ADDRESS = "5.5.5.1";

  private static final String ROUTER_ADDRESS = "5.5.5.2";

  private final String id = Long.toString(ProcessHandle.current().pid(), 36);
  private final String host = "omnihost-" + id;
  private final String internet = "omninet-" + id;
  private final String link = "omnit-" + id;
  private final String net = "10.251.%d".formatted(ProcessHandle.current().pid() % 256);
  private final List<Process> servers = new ArrayList<>();

  private TestInternet() {
    build();
    servers.add(startServers(internet, InternetMain.ADDRESSES));
    servers.add(startServers(host, List.of(HOST_ADDRESS)));
  }

  /** Builds both and returns when the servers serve. Needs root. */
  public static TestInternet start() {
    return new TestInternet();
  }

  private void build() {
    Shell.run("ip", "netns", "add", host);
    Shell.run("ip", "netns", "add", internet);
    Shell.run("ip", "link", "add", link, "type", "veth", "peer", "name", "api0", "netns", host);
    Shell.run("ip", "address", "add", net + ".1/30", "dev", link);
    Shell.run("ip", "link", "set", link, "up");
    inHost("ip", "link", "set", "lo", "up");
    inHost("ip", "address", "add", apiAddress() + "/30", "dev", "api0");
    inHost("ip", "link", "set", "api0", "up");
    inHost("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "net0", "netns", internet);
    inHost("ip", "address", "add", HOST_ADDRESS + "/24", "dev", "wan0");
    inHost("ip", "link", "set", "wan0", "up");
    inHost("ip", "route", "add", "default", "via", ROUTER_ADDRESS);
    inInternet("ip", "link", "set", "lo", "up");
    inInternet("ip", "address", "add", ROUTER_ADDRESS + "/24", "dev", "net0");
    inInternet("ip", "link", "set", "net0", "up");
    for (String address : InternetMain.ADDRESSES) {
      inInternet("ip", "address", "add", address + "/32", "dev", "lo");
    }
  }

  private static Process startServers(String namespace, List<String> addresses) {
    List<String> command = new ArrayList<>(enter(namespace));
    command.addAll(
        List.of(
            Installation.find().java().toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            InternetMain.class.getName()));
    command.addAll(addresses);
    try {
      Process started =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      BufferedReader output =
          new BufferedReader(
              new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
      if (!InternetMain.READY.equals(output.readLine())) {
        throw new IllegalStateException("the servers of the internet did not start");
      }
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the test reaches what listens on the host. */
  public String apiAddress() {
    return net + ".2";
  }

  /** A command's words that make what follows run on the host. */
  public List<String> enterHost() {
    return enter(host);
  }

  private static List<String> enter(String namespace) {
    return List.of("nsenter", "--net=/run/netns/" + namespace);
  }

  /** Runs a program on the host and returns what it prints. */
  public String inHost(String... command) {
    return Shell.run(words(host, command));
  }

  /** Runs a program in the internet. */
  public String inInternet(String... command) {
    return Shell.run(words(internet, command));
  }

  private static String[] words(String namespace, String... command) {
    List<String> words = new ArrayList<>(enter(namespace));
    words.addAll(List.of(command));
    return words.toArray(String[]::new);
  }

  @Override
  public void close() {
    servers.forEach(Process::destroy);
    servers.forEach(process -> process.onExit().join());
    Shell.run("ip", "link", "delete", link);
    Shell.run("ip", "netns", "delete", host);
    Shell.run("ip", "netns", "delete", internet);
  }
}
