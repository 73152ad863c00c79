package io.omnirun.model;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The IPv4 addresses that begin with the same bits.
 *
 * @param base the first address, as a number
 * @param prefixLength how many bits are the same, 32: it is one address
 */
public record Ipv4Network(int base, int prefixLength) {
  private static final int BITS = 32;

  /** Without leading zeros, which some read as octal. */
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  private static final Pattern FORM =
      Pattern.compile(
          OCTET + "\\." + OCTET + "\\." + OCTET + "\\." + OCTET + "(?:/(3[0-2]|[12]?[0-9]))?");

  /**
   * @throws IllegalArgumentException if there is no such network
   */
  public Ipv4Network {
    if (prefixLength < 0 || prefixLength > BITS || (base & ~mask(prefixLength)) != 0) {
      throw new IllegalArgumentException("no network: " + dotted(base) + "/" + prefixLength);
    }
  }

  /**
   * The network that {@code 192.0.2.0/24} spells, or the one address that {@code 192.0.2.1} does.
   *
   * @throws OmniRunException INVALID_REQUEST with what is wrong
   */
  public static Ipv4Network parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw refused(
          text,
          text.indexOf(':') >= 0
              ? "is not IPv4: sandboxes have IPv4 only"
              : "is no IPv4 address or network, as 192.0.2.1 or 192.0.2.0/24");
    }
    int address = 0;
    for (int octet = 1; octet <= Integer.BYTES; octet++) {
      address = address << Byte.SIZE | Integer.parseInt(matcher.group(octet));
    }
    String length = matcher.group(Integer.BYTES + 1);
    return network(text, address, length == null ? BITS : Integer.parseInt(length));
  }

  /** One address. */
  public static Ipv4Network of(Inet4Address address) {
    return new Ipv4Network(number(address), BITS);
  }

  private static Ipv4Network network(String text, int address, int prefixLength) {
    int base = address & mask(prefixLength);
    if (base != address) {
      throw refused(
          text,
          "is no network, since it has bits behind its prefix; the network is "
              + dotted(base)
              + "/"
              + prefixLength);
    }
    return new Ipv4Network(base, prefixLength);
  }

  /** Whether the address is one of them. */
  public boolean contains(Inet4Address address) {
    return (number(address) & mask(prefixLength)) == base;
  }

  private static int number(Inet4Address address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  /** A shift by 32 is one by 0, so no bits at all are a case of their own. */
  private static int mask(int prefixLength) {
    return prefixLength == 0 ? 0 : -1 << (BITS - prefixLength);
  }

  private static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
  }

  private static OmniRunException refused(String text, String problem) {
    return DomainName.refused(text, problem);
  }

  @Override
  public String toString() {
    return prefixLength == BITS ? dotted(base) : dotted(base) + "/" + prefixLength;
  }
}
