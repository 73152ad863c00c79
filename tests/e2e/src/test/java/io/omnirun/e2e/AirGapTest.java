package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AirGapTest extends SharedServer {
  /** Tries one way out; prints what came of it. */
  private static final String ATTEMPTS =
      """
      import socket, struct
      def attempt(name, action):
          try:
              action()
              print(name, "OPEN")
          except OSError as e:
              print(name, "closed", e)
      def tcp(family, address):
          s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(3); s.connect(address)
      def udp(family, address):
          s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(3); s.connect(address); s.send(b"x"); s.recv(1)
      def icmp(address):
          s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); s.settimeout(3)
          s.sendto(struct.pack("!BBHHH", 8, 0, 0xf7ff, 0, 0), (address, 0)); s.recv(100)
      """;

  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void nothingGetsOut() throws Exception {
    List<String> calls = new ArrayList<>();
    calls.add("attempt('tcp', lambda: tcp(socket.AF_INET, ('1.1.1.1', 443)))");
    calls.add("attempt('udp', lambda: udp(socket.AF_INET, ('1.1.1.1', 53)))");
    calls.add("attempt('icmp', lambda: icmp('1.1.1.1'))");
    calls.add("attempt('dns', lambda: socket.getaddrinfo('example.com', 80))");
    calls.add("attempt('tcp6', lambda: tcp(socket.AF_INET6, ('2606:4700:4700::1111', 443)))");
    calls.add("attempt('udp6', lambda: udp(socket.AF_INET6, ('2606:4700:4700::1111', 53)))");
    calls.add("attempt('metadata', lambda: tcp(socket.AF_INET, ('169.254.169.254', 80)))");
    calls.add("attempt('multicast', lambda: udp(socket.AF_INET, ('224.0.0.1', 5353)))");
    try (ServerSocket listener = new ServerSocket(0)) {
      for (String address : hostAddresses()) {
        calls.add(
            "attempt('host', lambda: tcp(socket.AF_INET, ('%s', %d)))"
                .formatted(address, listener.getLocalPort()));
      }
      List<String> results = run(calls);
      assertThat(results).hasSize(calls.size()).noneMatch(line -> line.contains("OPEN"));
    }
  }

  @Test
  void nothingGetsOutThroughAnAddressThatRootMakesUp() throws Exception {
    client()
        .output(
            sandbox,
            "ip link set eth0 up; ip addr add 10.77.0.2/24 dev eth0; ip route add default via 10.77.0.1");
    List<String> calls = new ArrayList<>();
    calls.add("attempt('gateway', lambda: tcp(socket.AF_INET, ('10.77.0.1', 80)))");
    calls.add("attempt('internet', lambda: tcp(socket.AF_INET, ('1.1.1.1', 443)))");
    calls.add("attempt('icmp', lambda: icmp('10.77.0.1'))");
    try (ServerSocket listener = new ServerSocket(0)) {
      for (String address : hostAddresses()) {
        calls.add(
            "attempt('host', lambda: tcp(socket.AF_INET, ('%s', %d)))"
                .formatted(address, listener.getLocalPort()));
      }
      List<String> results = run(calls);
      assertThat(results).hasSize(calls.size()).noneMatch(line -> line.contains("OPEN"));
    } finally {
      client().output(sandbox, "ip addr flush dev eth0; ip link set eth0 down");
    }
  }

  @Test
  void theAttemptsWouldSeeAnOpenWay() throws Exception {
    List<String> results =
        run(
            List.of(
                "l = socket.socket(); l.bind(('127.0.0.1', 7777)); l.listen()",
                "attempt('loopback', lambda: tcp(socket.AF_INET, ('127.0.0.1', 7777)))"));
    assertThat(results).containsExactly("loopback OPEN");
  }

  private List<String> run(List<String> calls) {
    client().writeFile(sandbox, "/tmp/attempts.py", ATTEMPTS + String.join("\n", calls) + "\n");
    return client().output(sandbox, "python3 /tmp/attempts.py").lines().toList();
  }

  private static List<String> hostAddresses() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .filter(address -> !address.isLoopbackAddress())
        .map(InetAddress::getHostAddress)
        .toList();
  }
}
