package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.NetworkPolicy;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

@Timeout(60)
class GuestResolverTest {
  private static final Inet4Address GUEST = Loopback.address("127.0.1.1");
  private static final Inet4Address NOBODY = Loopback.address("127.0.1.2");
  private static final int SHORT_WAIT_MILLIS = 300;
  private static final int EDE_BLOCKED = 15;

  private final TestGuest guest = new TestGuest(TestGuest.listed("*.example.com"));
  private TestNameServer upstream;
  private GuestResolver resolver;

  @BeforeEach
  void start() throws IOException {
    upstream = new TestNameServer();
    DnsUpstream servers = new DnsUpstream(List.of(upstream.address()));
    Guests guests = source -> Optional.ofNullable(Map.of(GUEST, guest).get(source));
    resolver =
        GuestResolver.start(
            Loopback.any(),
            guests,
            servers,
            new CachedNames(new UpstreamNames(servers)),
            new AddressRule(List.of(), address -> false));
    upstream.answer(
        "a.example.com",
        Type.A,
        "a.example.com 60 CNAME b.example.net.",
        "b.example.net 60 A 9.9.9.1",
        "b.example.net 60 A 10.0.0.1");
    upstream.answer("a.example.com", Type.AAAA, "a.example.com 60 AAAA 2620:fe::fe");
    upstream.answer("example.org", Type.A, "example.org 60 A 9.9.9.9");
    upstream.answer("example.org", Type.TXT, "example.org 60 TXT \"any text\"");
    upstream.answer("inside.example.com", Type.A, "inside.example.com 60 A 192.168.1.1");
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    upstream.close();
  }

  @Test
  void allowedNamesHaveTheirPublicAddressesUnderTheirOwnNameAndTheseAreOpen() throws IOException {
    Message answer = ask("A.example.com", Type.A);
    assertThat(addresses(answer)).containsExactly("9.9.9.1");
    assertThat(answer.getSection(Section.ANSWER).getFirst().getName())
        .hasToString("A.example.com.");
    assertThat(answer.getSection(Section.ANSWER).getFirst().getTTL()).isBetween(50L, 60L);
    assertThat(guest.pinned).containsOnlyKeys(Loopback.address("9.9.9.1"));
    assertThat(guest.pinned.values())
        .allMatch(time -> time.compareTo(DnsAnswers.PIN_GRACE.plusSeconds(50)) > 0);
    assertLogged("A.example.com", Outcome.ALLOWED, Reason.LISTED);
  }

  @Test
  void whatCouldNotBeOpenedIsNotAnswered() throws IOException {
    guest.pinFails = true;
    assertThat(ask("a.example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertLogged("a.example.com", Outcome.BLOCKED, Reason.NOT_OPENED);
  }

  @Test
  void ofAllowedNamesThereAreNoOtherRecords() throws IOException {
    for (int type : new int[] {Type.AAAA, Type.HTTPS, Type.SVCB, Type.TXT, Type.MX, Type.ANY}) {
      Message answer = ask("a.example.com", type);
      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    }
    assertThat(upstream.asked).isEmpty();
    assertThat(guest.pinned).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org",
        "example.com",
        "c2VjcmV0.tunnel.example.org",
        "com",
        "1.0.0.10.in-addr.arpa",
        "a\\.example.com.evil",
        "\\000.example.com"
      })
  void otherNamesDoNotExistAndNobodyIsAskedForThem(String name) throws IOException {
    Message answer = ask(name, Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(upstream.asked).isEmpty();
    assertThat(guest.events()).allMatch(event -> event.reason() == Reason.NOT_LISTED);
  }

  @Test
  void whoUnderstandsItIsToldThatARuleIsTheReason() throws IOException {
    Message query = query("example.org", Type.A);
    query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    Message answer = ask(query);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getOPT().getOptions(EDE_BLOCKED))
        .singleElement()
        .isInstanceOfSatisfying(
            ExtendedErrorCodeOption.class,
            option -> assertThat(option.getErrorCode()).isEqualTo(ExtendedErrorCodeOption.BLOCKED));
    assertThat(ask("example.org", Type.A).getOPT()).isNull();
  }

  @Test
  void namesThatLeadInsideHaveNoAddress() throws IOException {
    assertThat(ask("inside.example.com", Type.A).getSection(Section.ANSWER)).isEmpty();
    assertLogged("inside.example.com", Outcome.BLOCKED, Reason.FORBIDDEN_ADDRESS);
    assertThat(guest.pinned).isEmpty();
  }

  @Test
  void deniedAddressesAreNotAnswered() throws IOException {
    guest.setPolicy(TestGuest.listedBut("9.9.9.0/24", "*.example.com"));
    assertThat(ask("a.example.com", Type.A).getSection(Section.ANSWER)).isEmpty();
    assertThat(guest.pinned).isEmpty();
  }

  @Test
  void behindTheProxyNothingIsOpened() throws IOException {
    guest.setPolicy(TestGuest.proxied("a.example.com"));
    assertThat(addresses(ask("a.example.com", Type.A))).containsExactly("9.9.9.1");
    assertThat(ask("example.org", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    guest.setPolicy(TestGuest.watched("a.example.com"));
    assertThat(addresses(ask("example.org", Type.A))).containsExactly("9.9.9.9");
    assertLogged("example.org", Outcome.LOGGED, Reason.NOT_LISTED);
    assertThat(guest.pinned).isEmpty();
  }

  @Test
  void withEverythingOpenQuestionsGoOnExceptForDeniedNames() throws IOException {
    guest.setPolicy(TestGuest.open("*.example.com"));
    assertThat(ask("example.org", Type.TXT).getSection(Section.ANSWER).getFirst().rdataToString())
        .isEqualTo("\"any text\"");
    assertThat(ask("a.example.com", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertLogged("a.example.com", Outcome.BLOCKED, Reason.DENIED);
    assertThat(ask("none.example.org", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(upstream.asked).containsExactly("example.org TXT udp", "none.example.org A udp");
    assertThat(guest.pinned).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-.example.com",
        "-x.a.EXAMPLE.com",
        "\\000.a.example.com",
        "a\\.b.example.com",
        "sp\\032ce.example.com",
        "\\255.example.com"
      })
  void namesThatNoHostHasAreDeniedBelowDeniedOnes(String name) throws IOException {
    guest.setPolicy(TestGuest.open("*.example.com"));
    assertThat(ask(name, Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(upstream.asked).isEmpty();
    assertThat(guest.events()).allMatch(event -> event.reason() == Reason.DENIED);
  }

  @Test
  void namesThatNoHostHasGoOnElsewhere() throws IOException {
    guest.setPolicy(TestGuest.open("*.example.com", "example.org"));
    ask("x-.example.org", Type.A);
    ask("a\\.example.com", Type.A);
    assertThat(upstream.asked).hasSize(2);
  }

  @Test
  void aQuestionThatComesByteByByteHasNoMoreTimeThanAnother() throws IOException {
    try (DnsOverTcp tcp = new DnsOverTcp(Loopback.any(), resolver, Duration.ofMillis(100))) {
      Thread.ofVirtual().start(tcp);
      try (Socket socket = new Socket()) {
        socket.bind(new InetSocketAddress(GUEST, 0));
        socket.connect(tcp.address());
        socket.setSoTimeout(10_000);
        Thread.ofVirtual().start(() -> trickle(socket));
        assertThat(endsWithoutAnswer(socket)).isTrue();
      }
    }
  }

  /** Sends the beginning of a question, so slowly that no single wait is long. */
  private static void trickle(Socket socket) {
    try {
      socket.getOutputStream().write(new byte[] {(byte) 0xff, (byte) 0xff});
      while (true) {
        socket.getOutputStream().write(0);
        Thread.sleep(10);
      }
    } catch (IOException | InterruptedException e) {
      assertThat(socket.isConnected()).isTrue(); // It was closed at the other end.
    }
  }

  private static boolean endsWithoutAnswer(Socket socket) {
    try {
      return socket.getInputStream().read() == -1;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void longAnswersAreCutByUdpAndWholeByTcp() throws IOException {
    guest.setPolicy(TestGuest.open());
    String[] records = new String[12];
    Arrays.setAll(records, i -> "long.example.org 60 TXT \"" + i + "x".repeat(90) + "\"");
    upstream.answer("long.example.org", Type.TXT, records);
    Message cut = ask("long.example.org", Type.TXT);
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    Message whole = askByTcp(query("long.example.org", Type.TXT)).getFirst();
    assertThat(whole.getSection(Section.ANSWER)).hasSize(12);
  }

  @Test
  void questionsByTcpAreAnsweredInTurn() throws IOException {
    List<Message> answers = askByTcp(query("a.example.com", Type.A), query("example.org", Type.A));
    assertThat(answers)
        .extracting(Message::getRcode)
        .containsExactly(Rcode.NOERROR, Rcode.NXDOMAIN);
  }

  @Test
  void whoIsNoGuestGetsNoAnswer() throws IOException {
    assertNoAnswer(NOBODY, query("a.example.com", Type.A).toWire());
    try (Socket socket = connect(NOBODY)) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aGuestWithoutNetworkGetsNoAnswer() throws IOException {
    guest.setPolicy(NetworkPolicy.AIR_GAP);
    assertNoAnswer(GUEST, query("a.example.com", Type.A).toWire());
  }

  @Test
  void whatIsNoQuestionGetsNoAnswer() throws IOException {
    assertNoAnswer(GUEST, new byte[0]);
    assertNoAnswer(GUEST, new byte[] {1, 2, 3});
    Message answer = query("a.example.com", Type.A);
    answer.getHeader().setFlag(Flags.QR);
    assertNoAnswer(GUEST, answer.toWire());
    assertThat(addresses(ask("a.example.com", Type.A))).hasSize(1);
  }

  @Test
  void whatIsNoOrdinaryQuestionIsRefused() throws IOException {
    Message update = query("a.example.com", Type.A);
    update.getHeader().setOpcode(Opcode.UPDATE);
    assertThat(ask(update).getRcode()).isEqualTo(Rcode.NOTIMP);
    Message two = query("a.example.com", Type.A);
    two.addRecord(two.getQuestion(), Section.QUESTION);
    assertThat(ask(two).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask("a.example.com", Type.AXFR).getRcode()).isEqualTo(Rcode.REFUSED);
    Record chaos = Record.newRecord(Name.fromString("version.bind."), Type.TXT, DClass.CH);
    assertThat(ask(Message.newQuery(chaos)).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void aGuestThatAsksWithoutEndIsNotAnsweredWithoutEnd() throws IOException {
    int asked = 1_000;
    byte[] wire = query("example.org", Type.A).toWire();
    ByteBuffer all = ByteBuffer.allocate(asked * (Short.BYTES + wire.length));
    for (int i = 0; i < asked; i++) {
      all.putShort((short) wire.length).put(wire);
    }
    try (Socket socket = connect(GUEST)) {
      socket.getOutputStream().write(all.array());
      assertThat(endsAfterAnswers(socket)).isTrue();
    }
    assertThat(guest.egress().counters().blocked()).isBetween(500L, asked - 1L);
  }

  /** Questions that are not read any more may make of the end a reset. */
  private static boolean endsAfterAnswers(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes().length > 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void theRateOfQuestionsComesBackWithTime() {
    long[] now = {0};
    QueryRate rate = new QueryRate(() -> now[0]);
    int taken = 0;
    while (rate.take(guest.id())) {
      taken++;
    }
    assertThat(taken).isEqualTo(500);
    now[0] += Duration.ofMillis(15).toNanos();
    assertThat(rate.take(guest.id())).isTrue();
    assertThat(rate.take(guest.id())).isFalse();
  }

  private void assertLogged(String name, Outcome outcome, Reason reason) {
    EgressEvent last = guest.events().getLast();
    assertThat(last.kind()).isEqualTo(EgressEvent.Kind.DNS);
    assertThat(last.name()).contains(name);
    assertThat(last.outcome()).isEqualTo(outcome);
    assertThat(last.reason()).isEqualTo(reason);
  }

  private void assertNoAnswer(Inet4Address source, byte[] bytes) throws IOException {
    try (DatagramSocket socket = socket(source)) {
      socket.setSoTimeout(SHORT_WAIT_MILLIS);
      socket.send(new DatagramPacket(bytes, bytes.length, resolver.address()));
      DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> socket.receive(packet));
    }
  }

  private Message ask(String name, int type) throws IOException {
    return ask(query(name, type));
  }

  private Message ask(Message query) throws IOException {
    try (DatagramSocket socket = socket(GUEST)) {
      byte[] wire = query.toWire();
      socket.send(new DatagramPacket(wire, wire.length, resolver.address()));
      DatagramPacket packet = new DatagramPacket(new byte[4_096], 4_096);
      socket.setSoTimeout(20_000);
      socket.receive(packet);
      Message answer = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
      assertThat(answer.getHeader().getID()).isEqualTo(query.getHeader().getID());
      return answer;
    }
  }

  private List<Message> askByTcp(Message... queries) throws IOException {
    Message[] answers = new Message[queries.length];
    try (Socket socket = connect(GUEST)) {
      DataOutputStream output = new DataOutputStream(socket.getOutputStream());
      for (Message query : queries) {
        byte[] wire = query.toWire();
        output.writeShort(wire.length);
        output.write(wire);
      }
      DataInputStream input = new DataInputStream(socket.getInputStream());
      for (int i = 0; i < queries.length; i++) {
        answers[i] = new Message(input.readNBytes(input.readUnsignedShort()));
      }
    }
    return List.of(answers);
  }

  private Socket connect(Inet4Address source) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(source, 0));
    socket.connect(resolver.address());
    return socket;
  }

  private static DatagramSocket socket(Inet4Address source) throws IOException {
    return new DatagramSocket(new InetSocketAddress(source, 0));
  }

  private static Message query(String name, int type) throws IOException {
    return Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN));
  }

  private static List<String> addresses(Message answer) {
    return answer.getSection(Section.ANSWER).stream()
        .map(record -> ((ARecord) record).getAddress().getHostAddress())
        .toList();
  }
}
