package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Whatever a guest asks, it gets a message that can be read, or none. */
class DnsFuzzTest {
  private static final int MUTATIONS = 100;

  private final DnsAnswers answers =
      new DnsAnswers(
          new DnsUpstream(List.of()), // Nobody to ask: every question that goes on fails at once.
          name -> new Resolution(List.of(Loopback.address("9.9.9.9")), Duration.ofSeconds(60)),
          address -> true);

  @FuzzTest(maxDuration = "60s")
  void anyBytesAreAnsweredByAMessageOrNotAtAll(byte[] bytes) throws IOException {
    assertAnswered(bytes);
  }

  @RepeatedTest(20)
  void questionsThatAreNearlyRightAreAnsweredByAMessageOrNotAtAll(RepetitionInfo repetition)
      throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    Message query =
        Message.newQuery(Record.newRecord(Name.fromString("a.example.com."), Type.A, DClass.IN));
    query.addRecord(new OPTRecord(1232, 0, 0, 0x8000), Section.ADDITIONAL);
    byte[] wire = query.toWire();
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] changed = wire.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      assertAnswered(changed);
    }
  }

  private void assertAnswered(byte[] bytes) throws IOException {
    for (NetworkPolicy policy :
        List.of(
            TestGuest.listed("*.example.com"), TestGuest.watched("a.b"), TestGuest.open("a.b"))) {
      Optional<DnsAnswers.Answer> answer = answers.answer(new TestGuest(policy), bytes);
      if (answer.isPresent()) {
        byte[] wire = answer.get().message().toWire(answer.get().maxUdpBytes());
        assertThat(wire.length).isLessThanOrEqualTo(DnsUpstream.MAX_UDP_BYTES);
        assertThat(new Message(wire).getHeader().getFlag(Flags.QR)).isTrue();
      }
    }
  }
}
