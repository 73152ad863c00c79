package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.model.DomainName;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.Ipv4Network;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SniProxyTest {
  private static final Inet4Address GUEST = Loopback.address("127.0.1.1");
  private static final Inet4Address NOBODY = Loopback.address("127.0.1.2");
  private static final Inet4Address SERVER = Loopback.address("127.0.2.1");
  private static final ProxyLimits LIMITS =
      new ProxyLimits(3, 10, Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(3));

  @TempDir static Path folder;
  private static SSLContext tls;

  private final TestGuest guest = new TestGuest(TestGuest.proxied("*.example.com"));
  private final Map<String, List<Inet4Address>> names = new ConcurrentHashMap<>();
  private TlsServer server;
  private SniProxy proxy;
  private InetSocketAddress tlsAddress;

  @BeforeAll
  static void makeCertificate() throws Exception {
    tls = TlsServer.context(folder);
  }

  @BeforeEach
  void start() throws IOException {
    server = new TlsServer(tls, SERVER);
    proxy = proxy(LIMITS);
    tlsAddress = proxy.listen(Loopback.any(), ProxyProtocol.TLS, server.port());
    names.put("a.example.com", List.of(SERVER));
    names.put("example.org", List.of(SERVER));
    names.put("inside.example.com", List.of(Loopback.address("10.1.1.1")));
  }

  private SniProxy proxy(ProxyLimits limits) {
    return new SniProxy(
        source -> source.equals(GUEST) ? Optional.of(guest) : Optional.empty(),
        this::resolve,
        new AddressRule(List.of(Ipv4Network.parse("127.0.2.0/24")), address -> false),
        limits,
        ProxyMeter.NONE);
  }

  private Resolution resolve(DomainName name) throws IOException {
    if (name.value().startsWith("broken.")) {
      throw new IOException("as the test wants");
    }
    return new Resolution(names.getOrDefault(name.value(), List.of()), Duration.ofSeconds(60));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aListedNameIsReachedAndTheServerProvesWhoItIs(String version) throws IOException {
    try (SSLSocket socket = connect("a.example.com")) {
      socket.setEnabledProtocols(new String[] {version});
      assertThat(echo(socket, "hello")).isEqualTo("hello");
    }
    awaitTransfer();
    EgressEntry entry = guest.entries().getFirst();
    assertThat(entry.event())
        .isEqualTo(
            new EgressEvent(
                Kind.TLS,
                Optional.of("a.example.com"),
                Optional.of(SERVER),
                server.port(),
                Outcome.ALLOWED,
                Reason.LISTED));
    Transfer transfer = entry.transfer().orElseThrow();
    assertThat(transfer.bytesUp()).isPositive();
    assertThat(transfer.bytesDown()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.org", "example.com", "a.example.com.evil.org"})
  void otherNamesAreRefusedByAnAlert(String name) throws IOException {
    try (SSLSocket socket = connect(name)) {
      assertThatExceptionOfType(SSLException.class)
          .isThrownBy(socket::startHandshake)
          .withMessageContaining("access_denied");
    }
    assertBlocked(name, Reason.NOT_LISTED);
  }

  @Test
  void whoNamesNoServerIsRefused() throws IOException {
    try (SSLSocket socket = connect("127.0.2.1")) { // The JDK sends no addresses as names.
      assertThatExceptionOfType(SSLException.class).isThrownBy(socket::startHandshake);
    }
    assertThat(guest.events()).last().extracting(EgressEvent::reason).isEqualTo(Reason.NO_NAME);
  }

  @Test
  void namesThatLeadInsideAreNotDialled() throws IOException {
    try (SSLSocket socket = connect("inside.example.com")) {
      assertThatExceptionOfType(SSLException.class).isThrownBy(socket::startHandshake);
    }
    assertBlocked("inside.example.com", Reason.FORBIDDEN_ADDRESS);
  }

  @Test
  void namesWithoutAddressOrAnswerAreRefused() throws IOException {
    for (String name : List.of("none.example.com", "broken.example.com")) {
      try (SSLSocket socket = connect(name)) {
        assertThatExceptionOfType(SSLException.class).isThrownBy(socket::startHandshake);
      }
    }
    assertThat(guest.events())
        .extracting(EgressEvent::reason)
        .containsExactly(Reason.NO_ADDRESS, Reason.RESOLUTION_FAILED);
  }

  @Test
  void theAddressesOfANameAreTriedInTurn() throws IOException {
    names.put("b.example.com", List.of(Loopback.address("127.0.2.9"), SERVER));
    try (SSLSocket socket = connect("b.example.com")) {
      assertThat(echo(socket, "x")).isEqualTo("x");
    }
    names.put("c.example.com", List.of(Loopback.address("127.0.2.9")));
    try (SSLSocket socket = connect("c.example.com")) {
      assertThatExceptionOfType(SSLException.class).isThrownBy(socket::startHandshake);
    }
    assertBlocked("c.example.com", Reason.UNREACHABLE);
  }

  @Test
  void aPolicyThatOnlyWatchesLetsOtherNamesThroughAndWritesThemDown() throws IOException {
    guest.setPolicy(TestGuest.watched("*.example.com"));
    try (SSLSocket socket = connect("example.org")) {
      assertThat(echo(socket, "x")).isEqualTo("x");
    }
    assertThat(guest.events().getFirst().outcome()).isEqualTo(Outcome.LOGGED);
  }

  @Test
  void aGuestWithoutProxyGetsNothingOfIt() throws IOException {
    guest.setPolicy(TestGuest.open());
    try (SSLSocket socket = connect("a.example.com")) {
      assertThatExceptionOfType(SSLException.class).isThrownBy(socket::startHandshake);
    }
    assertBlocked("a.example.com", Reason.NOT_SERVED);
  }

  @Test
  void whoIsNoGuestIsNotHeard() throws IOException {
    try (Socket socket = dial(NOBODY, tlsAddress)) {
      assertThat(ended(socket)).isTrue();
    }
    assertThat(guest.events()).isEmpty();
  }

  @Test
  void whatIsNoTlsIsRefused() throws IOException {
    try (Socket socket = dial(GUEST, tlsAddress)) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readAllBytes()).startsWith(21, 3, 3, 0, 2, 2);
    }
    assertThat(guest.events()).last().extracting(EgressEvent::reason).isEqualTo(Reason.MALFORMED);
  }

  @Test
  void whoDoesNotSayInTimeWhereItGoesIsClosed() throws IOException {
    try (Socket socket = dial(GUEST, tlsAddress)) {
      socket.getOutputStream().write(new byte[] {22, 3, 1});
      assertThat(ended(socket)).isTrue();
    }
    await()
        .untilAsserted(
            () ->
                assertThat(guest.events())
                    .extracting(EgressEvent::reason)
                    .containsExactly(Reason.TOO_SLOW));
  }

  @Test
  void connectionsWithoutTrafficAreClosed() throws IOException {
    try (SSLSocket socket = connect("a.example.com")) {
      assertThat(echo(socket, "x")).isEqualTo("x");
      assertThat(ended(socket)).isTrue();
    }
  }

  @Test
  void connectionsOfAGuestAreBoundedAndItsEndedOnesDoNotCount() throws IOException {
    List<SSLSocket> open = new ArrayList<>();
    for (int i = 0; i < LIMITS.connectionsOfGuest(); i++) {
      SSLSocket socket = connect("a.example.com");
      assertThat(echo(socket, "x")).isEqualTo("x");
      open.add(socket);
    }
    try (SSLSocket oneMore = connect("a.example.com")) {
      assertThatExceptionOfType(IOException.class).isThrownBy(oneMore::startHandshake);
    }
    assertThat(guest.events()).last().extracting(EgressEvent::reason).isEqualTo(Reason.TOO_MANY);
    for (SSLSocket socket : open) {
      socket.close();
    }
    await().untilAsserted(() -> assertThat(transfers()).hasSize(open.size()));
    await()
        .untilAsserted(
            () -> {
              try (SSLSocket again = connect("a.example.com")) {
                assertThat(echo(again, "x")).isEqualTo("x");
              }
            });
  }

  /**
   * Those that said where they go do not count, and those that are silent do not keep others out.
   */
  @Test
  void connectionsThatAreSilentAreBounded() throws IOException {
    List<Socket> silent = new ArrayList<>();
    try (SniProxy other = proxy(ProxyLimits.DEFAULT)) {
      InetSocketAddress address = other.listen(Loopback.any(), ProxyProtocol.TLS, server.port());
      for (int i = 0; i < SniProxy.MAX_OPENINGS_OF_GUEST + 1; i++) {
        silent.add(dial(GUEST, address));
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(guest.events())
                      .extracting(EgressEvent::reason)
                      .containsExactly(Reason.TOO_MANY));
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void aNewPolicyClosesWhatItDoesNotAllowAndNothingElse() throws IOException {
    names.put("b.example.com", List.of(SERVER));
    try (SSLSocket kept = connect("a.example.com");
        SSLSocket cut = connect("b.example.com")) {
      assertThat(echo(kept, "x")).isEqualTo("x");
      assertThat(echo(cut, "x")).isEqualTo("x");
      guest.setPolicy(TestGuest.proxied("a.example.com"));
      proxy.recheck(guest.id());
      assertThat(ended(cut)).isTrue();
      assertThat(echo(kept, "y")).isEqualTo("y");
      proxy.drop(guest.id());
      assertThat(ended(kept)).isTrue();
    }
  }

  @Test
  void muchGoesThroughUnchangedInBothDirections() throws Exception {
    byte[] data = new byte[5_000_000];
    new Random(1).nextBytes(data);
    try (SSLSocket socket = connect("a.example.com")) {
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  socket.getOutputStream().write(data);
                  socket.shutdownOutput();
                } catch (IOException e) {
                  assertThat(e).isNull();
                }
              });
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(data);
      writer.join();
    }
    awaitTransfer();
    assertThat(transfers().getFirst().bytesUp()).isGreaterThan(data.length);
    assertThat(transfers().getFirst().bytesDown()).isGreaterThan(data.length);
    assertThat(guest.egress().counters().bytesUp()).isEqualTo(transfers().getFirst().bytesUp());
  }

  @Test
  void anHttpRequestGoesToTheHostThatItNamesAsTheLastOfItsConnection() throws Exception {
    try (ServerSocket web = new ServerSocket(0, 5, SERVER)) {
      InetSocketAddress http = proxy.listen(Loopback.any(), ProxyProtocol.HTTP, web.getLocalPort());
      try (Socket socket = dial(GUEST, http)) {
        write(socket, "GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: keep-alive\r\n\r\n");
        try (Socket received = web.accept()) {
          socket.shutdownOutput();
          assertThat(text(received))
              .isEqualTo("GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n");
          write(received, "HTTP/1.1 204 No Content\r\n\r\n");
        }
        assertThat(text(socket)).startsWith("HTTP/1.1 204");
      }
      try (Socket socket = dial(GUEST, http)) {
        write(socket, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
        assertThat(text(socket)).startsWith("HTTP/1.1 403").contains("not_listed");
      }
      try (Socket socket = dial(GUEST, http)) {
        write(socket, "GET / HTTP/1.1\r\nHost: 127.0.2.1\r\n\r\n");
        assertThat(text(socket)).startsWith("HTTP/1.1 400").contains("no_name");
      }
    }
  }

  /** The client says that it has no more, and the server's answer still comes. */
  @Test
  void oneDirectionMayEndBeforeTheOther() throws Exception {
    try (ServerSocket web = new ServerSocket(0, 5, SERVER)) {
      InetSocketAddress http = proxy.listen(Loopback.any(), ProxyProtocol.HTTP, web.getLocalPort());
      try (Socket socket = dial(GUEST, http)) {
        write(socket, "GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n");
        socket.shutdownOutput();
        try (Socket received = web.accept()) {
          assertThat(text(received)).endsWith("\r\n\r\n");
          write(received, "late");
        }
        assertThat(text(socket)).isEqualTo("late");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "openssl"})
  void programsOfTheHostReachListedNamesOnly(String program) throws Exception {
    assumeTrue(isInstalled(program), program + " is missing");
    assertThat(handshake(program, "a.example.com")).isTrue();
    assertThat(handshake(program, "example.org")).isFalse();
    assertThat(guest.events())
        .extracting(EgressEvent::outcome)
        .containsExactly(Outcome.ALLOWED, Outcome.BLOCKED);
  }

  /** Whether a program of the host comes so far that both sides of TLS have their keys. */
  private boolean handshake(String program, String name) throws Exception {
    int port = tlsAddress.getPort();
    List<String> command =
        program.equals("curl")
            ? List.of(
                "curl",
                "-k",
                "--noproxy",
                "*",
                "--interface",
                GUEST.getHostAddress(),
                "--max-time",
                "2",
                "--connect-to",
                name + ":443:" + tlsAddress.getHostString() + ":" + port,
                "--write-out",
                "handshake %{time_appconnect}",
                "https://" + name + "/")
            : List.of(
                "openssl",
                "s_client",
                "-bind",
                GUEST.getHostAddress() + ":0",
                "-connect",
                tlsAddress.getHostString() + ":" + port,
                "-servername",
                name);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    int status = process.waitFor();
    return program.equals("curl") ? !output.contains("handshake 0.000000") : status == 0;
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Path.of(folder, program).toFile().canExecute());
  }

  private void assertBlocked(String name, Reason reason) {
    EgressEvent last = guest.events().getLast();
    assertThat(last.name()).contains(name);
    assertThat(last.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(last.reason()).isEqualTo(reason);
  }

  private List<Transfer> transfers() {
    return guest.entries().stream().flatMap(entry -> entry.transfer().stream()).toList();
  }

  private void awaitTransfer() {
    await().untilAsserted(() -> assertThat(transfers()).hasSize(1));
  }

  private SSLSocket connect(String name) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            tls.getSocketFactory()
                .createSocket(dial(GUEST, tlsAddress), name, tlsAddress.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static Socket dial(Inet4Address source, InetSocketAddress to) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(source, 0));
    socket.connect(to);
    return socket;
  }

  private static String echo(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String text(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Whether the other side ends it, in whatever way. */
  private static boolean ended(Socket socket) {
    try {
      InputStream input = socket.getInputStream();
      return input.read() < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
