package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import java.io.IOException;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;

/** Where the library's form of messages and names meets ours. */
final class DnsMessages {
  private DnsMessages() {}

  /**
   * A message as it came.
   *
   * @throws IOException if it is none
   */
  static Message parse(byte[] bytes) throws IOException {
    try {
      return new Message(bytes);
    } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
      // The parsers of some records throw these for contents that they do not like.
      throw new IOException("no DNS message", e);
    }
  }

  /** A name of a host; empty for others, as with octets that are no letters. */
  static Optional<DomainName> hostName(Name name) {
    return DomainName.ofWire(name.toString(true));
  }

  /** Whether a pattern means a name, whatever octets its labels have. */
  static boolean matches(DomainPattern pattern, Name name) {
    Name meant = Name.fromConstantString(pattern.name().value() + ".");
    return name.equals(meant) ? !pattern.below() : pattern.below() && name.subdomain(meant);
  }
}
