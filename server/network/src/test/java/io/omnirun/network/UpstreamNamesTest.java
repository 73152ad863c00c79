package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.omnirun.model.DomainName;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

@Timeout(60)
class UpstreamNamesTest {
  private static final DomainName NAME = new DomainName("www.example.com");

  private TestNameServer server;
  private UpstreamNames names;

  @BeforeEach
  void start() throws IOException {
    server = new TestNameServer();
    names = new UpstreamNames(new DnsUpstream(List.of(server.address())));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void aliasesAreFollowedToTheirAddressesAndNothingElseIsTaken() throws IOException {
    server.answer(
        "www.example.com",
        Type.A,
        "www.example.com 120 CNAME cdn.example.net.",
        "cdn.example.net 90 CNAME edge.example.net.",
        "edge.example.net 100 A 9.9.9.1",
        "edge.example.net 100 A 9.9.9.2",
        "other.example.org 100 A 9.9.9.3");
    assertThat(names.resolve(NAME))
        .isEqualTo(
            new Resolution(
                List.of(Loopback.address("9.9.9.1"), Loopback.address("9.9.9.2")),
                Duration.ofSeconds(90)));
  }

  @Test
  void timesToLiveAreHeldWithinBounds() throws IOException {
    server.answer("www.example.com", Type.A, "www.example.com 1 A 9.9.9.1");
    assertThat(names.resolve(NAME).timeToLive()).isEqualTo(UpstreamNames.MIN_TIME_TO_LIVE);
    server.answer("www.example.com", Type.A, "www.example.com 86400 A 9.9.9.1");
    assertThat(names.resolve(NAME).timeToLive()).isEqualTo(UpstreamNames.MAX_TIME_TO_LIVE);
    assertThat(names.resolve(new DomainName("none.example.com")))
        .isEqualTo(new Resolution(List.of(), UpstreamNames.MIN_TIME_TO_LIVE));
  }

  @Test
  void aCircleOfAliasesHasNoAddress() throws IOException {
    server.answer(
        "www.example.com",
        Type.A,
        "www.example.com 60 CNAME b.example.com.",
        "b.example.com 60 CNAME www.example.com.");
    assertThat(names.resolve(NAME).addresses()).isEmpty();
  }

  @Test
  void answersThatAreCutAreAskedForByTcp() throws IOException {
    server.answer("www.example.com", Type.A, "www.example.com 60 A 9.9.9.1");
    server.cutFor = "www.example.com";
    assertThat(names.resolve(NAME).addresses()).hasSize(1);
    assertThat(server.asked).containsExactly("www.example.com A udp", "www.example.com A tcp");
  }

  @Test
  void answersToOtherQuestionsAreNotTaken() throws IOException {
    server.answer("www.example.com", Type.A, "www.example.com 60 A 9.9.9.1");
    server.liesFirst = true;
    assertThat(names.resolve(NAME).addresses()).containsExactly(Loopback.address("9.9.9.1"));
  }

  @Test
  void theNextServerIsAskedIfOneFailsOrIsSilent() throws IOException {
    try (TestNameServer second = new TestNameServer()) {
      second.answer("www.example.com", Type.A, "www.example.com 60 A 9.9.9.1");
      UpstreamNames both =
          new UpstreamNames(new DnsUpstream(List.of(server.address(), second.address())));
      server.failsFor = "www.example.com";
      assertThat(both.resolve(NAME).addresses()).hasSize(1);
      server.silentFor = "www.example.com";
      assertThat(both.resolve(NAME).addresses()).hasSize(1);
    }
  }

  @Test
  void whatNobodyAnswersFailsAndIsNotRemembered() throws IOException {
    server.answer("www.example.com", Type.A, "www.example.com 60 A 9.9.9.1");
    server.failsFor = "www.example.com";
    CachedNames cached = new CachedNames(names);
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> cached.resolve(NAME));
    server.failsFor = "";
    assertThat(cached.resolve(NAME).addresses()).hasSize(1);
  }

  @Test
  void aNameIsLookedUpOnceForAllWhoWantIt() throws Exception {
    server.answer("www.example.com", Type.A, "www.example.com 60 A 9.9.9.1");
    CachedNames cached = new CachedNames(names);
    List<Thread> threads = new ArrayList<>();
    IntStream.range(0, 20)
        .forEach(
            i ->
                threads.add(
                    Thread.startVirtualThread(
                        () -> {
                          try {
                            cached.resolve(NAME);
                          } catch (IOException e) {
                            server.asked.add("failed: " + e);
                          }
                        })));
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(server.asked).containsExactly("www.example.com A udp");
    assertThat(cached.resolve(NAME).timeToLive()).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void theHostsServersAreInItsFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("resolv.conf");
    Files.writeString(
        file, "# nameserver 1.1.1.1\nsearch a.b\n nameserver  9.9.9.9\nnameserver 2620:fe::fe\n");
    assertThat(ResolverFile.servers(file))
        .extracting(InetSocketAddress::getPort, server -> server.getAddress().getHostAddress())
        .containsExactly(tuple(53, "9.9.9.9"), tuple(53, "2620:fe:0:0:0:0:0:fe"));
    Files.writeString(file, "options edns0\n");
    assertThat(ResolverFile.servers(file)).hasSize(1);
    Files.writeString(file, "nameserver dns.example\n");
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResolverFile.servers(file));
  }
}
