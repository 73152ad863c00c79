package io.omnirun.model;

import java.net.Inet4Address;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that a guest asked of the network.
 *
 * @param name the name that it asked for, as far as it can be shown
 * @param address where it led, if that is known
 * @param port where it was to go; 53 for a question to the resolver, 0 for protocols without
 * @param protocol of what is no more than a flow: {@code tcp}, {@code udp}, {@code icmp} or a
 *     number
 */
public record EgressEvent(
    Kind kind,
    Optional<String> name,
    Optional<Inet4Address> address,
    int port,
    Outcome outcome,
    Reason reason,
    Optional<String> protocol) {
  /** More of a name is in no log: it may come from a guest that wants to fill memory. */
  private static final int MAX_NAME_LENGTH = 253;

  public EgressEvent {
    name = name.map(EgressEvent::shown);
  }

  /** Something whose kind says by what protocol it came. */
  public EgressEvent(
      Kind kind,
      Optional<String> name,
      Optional<Inet4Address> address,
      int port,
      Outcome outcome,
      Reason reason) {
    this(kind, name, address, port, outcome, reason, Optional.empty());
  }

  private static String shown(String text) {
    String start = text.length() > MAX_NAME_LENGTH ? text.substring(0, MAX_NAME_LENGTH) : text;
    return start.replaceAll("[^\\x21-\\x7e]", "?");
  }

  /** What was asked. */
  public enum Kind {
    /** A name, of the resolver. */
    DNS,
    /** A TLS connection, by the proxy. */
    TLS,
    /** An HTTP connection, by the proxy. */
    HTTP,
    /** Anything else. */
    FLOW
  }

  /** What became of it. */
  public enum Outcome {
    /** It went through. */
    ALLOWED,
    /** It did not. */
    BLOCKED,
    /** It went through since the policy only watches. */
    LOGGED
  }

  /** Why. */
  public enum Reason {
    /** The policy allows the name or the address. */
    LISTED,
    /** The policy allows what it does not deny. */
    OPEN,
    /** The name or the address is on a list of denied ones. */
    DENIED,
    /** It is on no list that would allow it. */
    NOT_LISTED,
    /** The guest named no server. */
    NO_NAME,
    /** What it sent is no opening of that protocol. */
    MALFORMED,
    /** It did not say in time where it wants to go. */
    TOO_SLOW,
    /** It has as many connections or questions as it may have, or everybody together has. */
    TOO_MANY,
    /** The name does not exist, or has no address. */
    NO_ADDRESS,
    /** The address, or all addresses of the name, are such as no guest reaches. */
    FORBIDDEN_ADDRESS,
    /** The name servers do not answer. */
    RESOLUTION_FAILED,
    /** No address of the name takes connections. */
    UNREACHABLE,
    /** The address could not be opened to the guest. */
    NOT_OPENED,
    /** The guest has no use of this service under its policy. */
    NOT_SERVED;

    /** For people and for JSON: {@code not_listed}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
