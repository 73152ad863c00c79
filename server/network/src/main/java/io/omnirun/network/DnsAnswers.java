package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.NetworkPolicy.Mode;
import io.omnirun.model.NetworkPolicy.Verdict;
import io.omnirun.model.OmniRunException;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Answers what guests ask, as their policies say. Used by many threads; waits for name servers and
 * for addresses to be opened.
 */
final class DnsAnswers {
  /**
   * How long an address stays open behind the life of the answer that named it: a program looks a
   * name up once and then has its connection for long.
   */
  static final Duration PIN_GRACE = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(DnsAnswers.class);
  private static final int PORT = 53;

  private final DnsUpstream upstream;
  private final NameResolver names;
  private final Predicate<Inet4Address> reachable;

  DnsAnswers(DnsUpstream upstream, NameResolver names, Predicate<Inet4Address> reachable) {
    this.upstream = upstream;
    this.names = names;
    this.reachable = reachable;
  }

  /** An answer, and how many bytes of it may go by UDP. */
  record Answer(Message message, int maxUdpBytes) {}

  private record Asked(Guest guest, NetworkPolicy policy, Record question, DnsReply reply) {
    Message decided(Outcome outcome, Reason reason, Message answer) {
      String name = question.getName().toString(true);
      guest
          .egress()
          .record(
              new EgressEvent(
                  Kind.DNS, Optional.of(name), Optional.empty(), PORT, outcome, reason));
      return answer;
    }

    Message blocked(Reason reason, Message answer) {
      return decided(Outcome.BLOCKED, reason, answer);
    }
  }

  /** What the guest is told; empty if nothing is, since what it sent is no question. */
  Optional<Answer> answer(Guest guest, byte[] bytes) {
    Message query;
    try {
      query = DnsMessages.parse(bytes);
    } catch (IOException e) {
      return Optional.empty();
    }
    NetworkPolicy policy = guest.policy();
    if (query.getHeader().getFlag(Flags.QR) || policy.mode() == Mode.AIR_GAP) {
      return Optional.empty();
    }
    DnsReply reply = new DnsReply(query);
    return Optional.of(new Answer(answer(guest, policy, query, reply), reply.maxUdpBytes()));
  }

  private Message answer(Guest guest, NetworkPolicy policy, Message query, DnsReply reply) {
    if (query.getHeader().getOpcode() != Opcode.QUERY) {
      return reply.code(Rcode.NOTIMP);
    }
    List<Record> questions = query.getSection(Section.QUESTION);
    if (questions.size() != 1 || !isOrdinary(questions.getFirst())) {
      return reply.code(Rcode.REFUSED);
    }
    return judge(new Asked(guest, policy, questions.getFirst(), reply));
  }

  /** Not of another class, no transfer of a zone. */
  private static boolean isOrdinary(Record question) {
    return question.getDClass() == DClass.IN
        && question.getType() != Type.AXFR
        && question.getType() != Type.IXFR;
  }

  private Message judge(Asked asked) {
    Optional<DomainName> name = DnsMessages.hostName(asked.question().getName());
    boolean open = asked.policy().mode() == Mode.OPEN;
    if (name.isEmpty()) {
      return open ? unusual(asked) : denied(asked, Reason.NOT_LISTED);
    }
    Verdict verdict = asked.policy().verdict(name.get());
    return switch (verdict) {
      case DENIED -> denied(asked, Reason.DENIED);
      case UNLISTED -> denied(asked, Reason.NOT_LISTED);
      case ALLOWED ->
          open ? forwarded(asked) : listed(asked, name.get(), Outcome.ALLOWED, Reason.LISTED);
      case LOGGED -> listed(asked, name.get(), Outcome.LOGGED, Reason.NOT_LISTED);
    };
  }

  /** A name that no host has may be below a denied one all the same. */
  private Message unusual(Asked asked) {
    Name name = asked.question().getName();
    boolean denied =
        asked.policy().denyDomains().stream()
            .anyMatch(pattern -> DnsMessages.matches(pattern, name));
    return denied ? denied(asked, Reason.DENIED) : forwarded(asked);
  }

  private static Message denied(Asked asked, Reason reason) {
    return asked.blocked(reason, asked.reply().blocked(Rcode.NXDOMAIN));
  }

  private Message forwarded(Asked asked) {
    try {
      Message answer = upstream.ask(asked.reply().forUpstream());
      return asked.decided(Outcome.ALLOWED, Reason.OPEN, asked.reply().of(answer));
    } catch (IOException e) {
      return unanswered(asked, e);
    }
  }

  /** Guests have IPv4 only, and of other records a proxy or a rule for addresses has no use. */
  private Message listed(Asked asked, DomainName name, Outcome outcome, Reason reason) {
    if (asked.question().getType() != Type.A) {
      return asked.decided(outcome, reason, asked.reply().code(Rcode.NOERROR));
    }
    Resolution resolution;
    try {
      resolution = names.resolve(name);
    } catch (IOException e) {
      return unanswered(asked, e);
    }
    if (resolution.addresses().isEmpty()) {
      return asked.blocked(Reason.NO_ADDRESS, asked.reply().code(Rcode.NXDOMAIN));
    }
    List<Inet4Address> addresses =
        resolution.addresses().stream().filter(address -> isOpen(asked, address)).toList();
    if (addresses.isEmpty()) {
      return asked.blocked(Reason.FORBIDDEN_ADDRESS, asked.reply().blocked(Rcode.NOERROR));
    }
    Message answer = asked.reply().addresses(addresses, resolution.timeToLive());
    return pin(asked, name, addresses, resolution.timeToLive())
        ? asked.decided(outcome, reason, answer)
        : asked.blocked(Reason.NOT_OPENED, asked.reply().code(Rcode.SERVFAIL));
  }

  private boolean isOpen(Asked asked, Inet4Address address) {
    return reachable.test(address) && asked.policy().verdict(address) != Verdict.DENIED;
  }

  /** Behind the proxy no address is of use, so none is opened. */
  private static boolean pin(
      Asked asked, DomainName name, List<Inet4Address> addresses, Duration timeToLive) {
    if (asked.policy().mode().isProxied()) {
      return true;
    }
    try {
      asked.guest().pin(name, new HashSet<>(addresses), timeToLive.plus(PIN_GRACE));
      return true;
    } catch (OmniRunException e) {
      LOG.warn("addresses are not opened to {}", asked.guest().id(), e);
      return false;
    }
  }

  private static Message unanswered(Asked asked, IOException problem) {
    LOG.debug("{} is not resolved", asked.question().getName(), problem);
    return asked.blocked(Reason.RESOLUTION_FAILED, asked.reply().code(Rcode.SERVFAIL));
  }
}
