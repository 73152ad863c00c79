package io.omnirun.network;

import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Makes answers to one question. Each is a message of its own. */
final class DnsReply {
  /** What everybody takes by UDP who says nothing else (RFC 1035). */
  private static final int PLAIN_UDP_BYTES = 512;

  private final Message query;
  private final @Nullable OPTRecord edns;

  /**
   * @param query with one question
   */
  DnsReply(Message query) {
    this.query = query;
    this.edns = query.getOPT();
  }

  /** The question as it goes on to a name server: nothing else that the guest sent is in it. */
  Message forUpstream() {
    Message question = Message.newQuery(query.getQuestion());
    if (edns != null) {
      question.addRecord(
          new OPTRecord(DnsUpstream.MAX_UDP_BYTES, 0, 0, edns.getFlags()), Section.ADDITIONAL);
    }
    if (query.getHeader().getFlag(Flags.CD)) {
      question.getHeader().setFlag(Flags.CD);
    }
    return question;
  }

  /** What a name server said. */
  Message of(Message upstream) {
    Message answer = start(upstream.getRcode());
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
      for (Record record : upstream.getSection(section)) {
        if (!(record instanceof OPTRecord)) {
          answer.addRecord(record, section);
        }
      }
    }
    return finish(answer, List.of());
  }

  /** Nothing but a code. */
  Message code(int rcode) {
    return finish(start(rcode), List.of());
  }

  /** A code, and that it is so by somebody's rule (RFC 8914). */
  Message blocked(int rcode) {
    return finish(
        start(rcode),
        List.of(
            new ExtendedErrorCodeOption(
                ExtendedErrorCodeOption.BLOCKED, "not in the sandbox's network policy")));
  }

  /** Addresses of the name that was asked, whatever aliases led to them. */
  Message addresses(List<Inet4Address> addresses, Duration timeToLive) {
    Message answer = start(Rcode.NOERROR);
    for (Inet4Address address : addresses) {
      answer.addRecord(
          new ARecord(query.getQuestion().getName(), DClass.IN, timeToLive.toSeconds(), address),
          Section.ANSWER);
    }
    return finish(answer, List.of());
  }

  /** How many bytes an answer by UDP may have. */
  int maxUdpBytes() {
    int wanted = edns == null ? PLAIN_UDP_BYTES : edns.getPayloadSize();
    return Math.clamp(wanted, PLAIN_UDP_BYTES, DnsUpstream.MAX_UDP_BYTES);
  }

  private Message start(int rcode) {
    Header header = new Header(query.getHeader().getID());
    header.setFlag(Flags.QR);
    header.setFlag(Flags.RA);
    if (query.getHeader().getFlag(Flags.RD)) {
      header.setFlag(Flags.RD);
    }
    header.setOpcode(query.getHeader().getOpcode());
    header.setRcode(rcode & 0xf);
    Message answer = new Message();
    answer.setHeader(header);
    if (query.getQuestion() != null) {
      answer.addRecord(query.getQuestion(), Section.QUESTION);
    }
    return answer;
  }

  private Message finish(Message answer, List<EDNSOption> options) {
    if (edns != null) {
      answer.addRecord(
          new OPTRecord(DnsUpstream.MAX_UDP_BYTES, 0, 0, edns.getFlags(), options),
          Section.ADDITIONAL);
    }
    return answer;
  }
}
