package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
  private static final ObjectMapper JSON = new ObjectMapper();

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
      def icmp6(address):
          s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6); s.settimeout(3)
          s.sendto(struct.pack("!BBHHH", 128, 0, 0, 0, 0), (address, 0)); s.recv(100)
      def frame(kind, payload):
          s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("eth0", 0))
          s.send(b"\\xff" * 6 + s.getsockname()[4] + struct.pack("!H", kind) + payload)
      def arp(address):
          frame(0x0806, struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, bytes(6), bytes(4), bytes(6), socket.inet_aton(address)))
      def solicitation(address):
          target = socket.inet_pton(socket.AF_INET6, address)
          frame(0x86dd, struct.pack("!IHBB", 6 << 28, 24, 58, 255) + bytes(16) + target + struct.pack("!BBHI", 135, 0, 0, 0) + target)
      def datagram6(address):
          target = socket.inet_pton(socket.AF_INET6, address)
          frame(0x86dd, struct.pack("!IHBB", 6 << 28, 8, 17, 255) + bytes(16) + target + struct.pack("!HHHH", 9, 9, 8, 0))
      def fragment(address, offset, more):
          head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 7, more << 13 | offset, 64, 17, 0, bytes(4), socket.inet_aton(address))
          frame(0x0800, head + bytes(8))
      """;

  /** The neighbours are made up, too: without an answer to ARP no packet would leave the guest. */
  private static final String MADE_UP_NETWORK =
      """
      set -e
      ip link set eth0 up
      ip addr add 10.77.0.2/24 dev eth0
      ip route add default via 10.77.0.1
      ip neigh replace 10.77.0.1 lladdr 02:00:00:00:00:01 dev eth0
      ip -6 addr add fd77::2/64 dev eth0 nodad
      ip -6 route add default via fd77::1 dev eth0
      ip -6 neigh replace fd77::1 lladdr 02:00:00:00:00:01 dev eth0
      """;

  private static final String NO_NETWORK =
      "ip neigh flush dev eth0 nud permanent; ip addr flush dev eth0; ip link set eth0 down";

  /** A datagram to here is the last of what a test sends. */
  private static final String FULL_STOP = "10.77.9.9";

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
  void nothingGetsOutThroughAddressesThatRootMakesUp() throws Exception {
    List<String> calls = new ArrayList<>();
    calls.add("attempt('gateway', lambda: tcp(socket.AF_INET, ('10.77.0.1', 80)))");
    calls.add("attempt('tcp', lambda: tcp(socket.AF_INET, ('1.1.1.1', 443)))");
    calls.add("attempt('udp', lambda: udp(socket.AF_INET, ('1.1.1.1', 53)))");
    calls.add("attempt('icmp', lambda: icmp('1.1.1.1'))");
    calls.add("attempt('tcp6', lambda: tcp(socket.AF_INET6, ('2606:4700:4700::1111', 443)))");
    calls.add("attempt('udp6', lambda: udp(socket.AF_INET6, ('2606:4700:4700::1111', 53)))");
    calls.add("attempt('icmp6', lambda: icmp6('2606:4700:4700::1111'))");
    try (ServerSocket listener = new ServerSocket(0)) {
      for (String address : hostAddresses()) {
        calls.add(
            "attempt('host', lambda: tcp(socket.AF_INET, ('%s', %d)))"
                .formatted(address, listener.getLocalPort()));
      }
      assertThat(runInMadeUpNetwork(calls))
          .hasSize(calls.size())
          .noneMatch(line -> line.contains("OPEN"));
    }
  }

  /**
   * A packet that leaves and is not answered looks to the guest like one that stays. From outside
   * they differ.
   */
  @Test
  void packetsReachTheTapAndGoNoFurther() {
    List<String> calls =
        List.of(
            "attempt('tcp', lambda: tcp(socket.AF_INET, ('1.1.1.1', 443)))",
            "attempt('udp', lambda: udp(socket.AF_INET, ('1.1.1.2', 53)))",
            "attempt('icmp', lambda: icmp('1.1.1.3'))",
            "attempt('tcp6', lambda: tcp(socket.AF_INET6, ('2606:4700::1', 443)))",
            "attempt('udp6', lambda: udp(socket.AF_INET6, ('2606:4700::2', 53)))",
            "attempt('icmp6', lambda: icmp6('2606:4700::3'))",
            "attempt('arp', lambda: arp('10.77.0.1'))",
            "attempt('nd', lambda: solicitation('fd77::1'))",
            "attempt('fragments', lambda: (fragment('1.1.1.4', 0, 1), fragment('1.1.1.4', 1, 0)))",
            "attempt('multicast', lambda: udp(socket.AF_INET, ('224.0.0.251', 5353)))",
            "attempt('link-local', lambda: datagram6('ff02::fb'))",
            "import subprocess",
            "def ip(*words): subprocess.run(['ip', *words], check=True)",
            "ip('link', 'set', 'eth0', 'address', '02:00:00:00:77:77')",
            "ip('neigh', 'replace', '10.77.0.1', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0')",
            "attempt('another mac', lambda: udp(socket.AF_INET, ('1.1.1.5', 53)))",
            "attempt('last', lambda: udp(socket.AF_INET, ('%s', 9)))".formatted(FULL_STOP));
    List<String> frames =
        network().framesDuring(() -> runInMadeUpNetwork(calls), "tap0 in udp " + FULL_STOP);
    assertThat(frames)
        .contains(
            "tap0 in tcp 1.1.1.1",
            "tap0 in udp 1.1.1.2",
            "tap0 in icmp 1.1.1.3",
            "tap0 in tcp 2606:4700::1",
            "tap0 in udp 2606:4700::2",
            "tap0 in icmp6 2606:4700::3",
            "tap0 in 0x806 -",
            "tap0 in icmp6 fd77::1",
            "tap0 in udp 1.1.1.4",
            "tap0 in udp 224.0.0.251",
            "tap0 in udp ff02::fb",
            "tap0 in udp 1.1.1.5")
        .as("nothing is passed on or answered")
        .allMatch(frame -> frame.startsWith("tap0 in "));
  }

  @Test
  void theVmmsNamespaceHoldsATapWithoutAddressAndALoopbackThatIsDown() throws Exception {
    JsonNode interfaces = JSON.readTree(network().run("ip", "-json", "address", "show"));
    assertThat(interfaces.findValuesAsText("ifname")).containsExactlyInAnyOrder("lo", "tap0");
    for (JsonNode found : interfaces) {
      assertThat(found.path("addr_info")).as("addresses of %s", found).isEmpty();
      assertThat(found.path("flags").toString().contains("\"UP\""))
          .as("only the tap is up: %s", found)
          .isEqualTo(found.path("ifname").asText().equals("tap0"));
    }
    assertThat(network().run("ip", "-4", "route", "show", "table", "all")).isEmpty();
    assertThat(network().run("ip", "-6", "route", "show", "table", "all")).isEmpty();
  }

  @Test
  void ipVersion6IsOffInTheVmmsNamespace() {
    String switches =
        network().run("sh", "-c", "cat /proc/sys/net/ipv6/conf/*/disable_ipv6 2>/dev/null || true");
    assertThat(switches.lines())
        .as("a host's kernel without IPv6 has no such switches")
        .doesNotContain("0");
  }

  private VmmNetwork network() {
    return new VmmNetwork(server().vmms().getFirst());
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

  private List<String> runInMadeUpNetwork(List<String> calls) {
    client().output(sandbox, MADE_UP_NETWORK);
    try {
      return run(calls);
    } finally {
      client().output(sandbox, NO_NETWORK);
    }
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
