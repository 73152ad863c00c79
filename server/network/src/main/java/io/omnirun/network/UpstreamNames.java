package io.omnirun.network;

import io.omnirun.model.DomainName;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Looks names up at the host's name servers. Used by many threads. */
public final class UpstreamNames implements NameResolver {
  /** Of answers that would hold for a shorter time: each is a question more. */
  static final Duration MIN_TIME_TO_LIVE = Duration.ofSeconds(30);

  /** Of answers that would hold for a longer time: who moves a service waits for that. */
  static final Duration MAX_TIME_TO_LIVE = Duration.ofMinutes(5);

  /** Aliases of aliases; real ones have three or four. */
  private static final int MAX_ALIASES = 16;

  /** Of one name. More do not fit into an answer by UDP. */
  private static final int MAX_ADDRESSES = 32;

  private final DnsUpstream upstream;

  public UpstreamNames(DnsUpstream upstream) {
    this.upstream = upstream;
  }

  @Override
  public Resolution resolve(DomainName name) throws IOException {
    Name asked = Name.fromString(name.value() + ".");
    Message question = Message.newQuery(Record.newRecord(asked, Type.A, DClass.IN));
    return resolution(asked, upstream.ask(question).getSection(Section.ANSWER));
  }

  /** Follows the aliases from the name that was asked; what hangs at none of them is not used. */
  private static Resolution resolution(Name asked, List<Record> records) {
    Name current = asked;
    long timeToLive = MAX_TIME_TO_LIVE.toSeconds();
    for (int i = 0; i < MAX_ALIASES; i++) {
      Optional<CNAMERecord> alias = first(records, current, CNAMERecord.class);
      if (alias.isEmpty()) {
        break;
      }
      timeToLive = Math.min(timeToLive, alias.get().getTTL());
      current = alias.get().getTarget();
    }
    List<Inet4Address> addresses = new ArrayList<>();
    for (Record record : records) {
      if (record instanceof ARecord a
          && record.getName().equals(current)
          && a.getAddress() instanceof Inet4Address address
          && addresses.size() < MAX_ADDRESSES) {
        addresses.add(address);
        timeToLive = Math.min(timeToLive, record.getTTL());
      }
    }
    return new Resolution(
        addresses,
        Duration.ofSeconds(
            Math.max(timeToLive(addresses, timeToLive), MIN_TIME_TO_LIVE.toSeconds())));
  }

  /** That there is nothing is believed for the shortest time. */
  private static long timeToLive(List<Inet4Address> addresses, long ofRecords) {
    return addresses.isEmpty() ? 0 : ofRecords;
  }

  private static <T extends Record> Optional<T> first(
      List<Record> records, Name name, Class<T> type) {
    return records.stream()
        .filter(record -> record.getName().equals(name))
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }
}
