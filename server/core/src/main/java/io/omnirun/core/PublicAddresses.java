package io.omnirun.core;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Which addresses belong to the public internet: all others lead to this host, to its neighbours or
 * to services that trust whoever reaches them, a cloud's metadata for one.
 */
public final class PublicAddresses {
  private record Range(int network, int prefix) {
    static Range of(int a, int b, int c, int prefix) {
      return new Range(a << 24 | b << 16 | c << 8, prefix);
    }

    boolean contains(int address) {
      return (address ^ network) >>> (Integer.SIZE - prefix) == 0;
    }
  }

  /** The IANA registry of special-purpose addresses, and what was never given out. */
  private static final Range[] SPECIAL_IPV4 = {
    Range.of(0, 0, 0, 8),
    Range.of(10, 0, 0, 8),
    Range.of(100, 64, 0, 10),
    Range.of(127, 0, 0, 8),
    Range.of(169, 254, 0, 16),
    Range.of(172, 16, 0, 12),
    Range.of(192, 0, 0, 24),
    Range.of(192, 0, 2, 24),
    Range.of(192, 88, 99, 24),
    Range.of(192, 168, 0, 16),
    Range.of(198, 18, 0, 15),
    Range.of(198, 51, 100, 24),
    Range.of(203, 0, 113, 24),
    Range.of(224, 0, 0, 3),
  };

  private PublicAddresses() {}

  /** Java reads an IPv4 address that is mapped into IPv6 as the IPv4 address it is. */
  public static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address ? isPublicIpv4(bytes) : isPublicIpv6(bytes);
  }

  private static boolean isPublicIpv4(byte[] bytes) {
    int address = word(bytes, 0) << 16 | word(bytes, 2);
    for (Range range : SPECIAL_IPV4) {
      if (range.contains(address)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of 2000::/3, which is all that is routed, not the ways into IPv4 (Teredo and others in
   * 2001::/23, 6to4 in 2002::/16) nor the documentation's (2001:db8::/32, 3fff::/20).
   */
  private static boolean isPublicIpv6(byte[] bytes) {
    int first = word(bytes, 0);
    int second = word(bytes, 2);
    boolean routed = first >>> 13 == 1;
    boolean special =
        (first == 0x2001 && (second < 0x200 || second == 0xdb8))
            || first == 0x2002
            || (first == 0x3fff && second < 0x1000);
    return routed && !special;
  }

  private static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }
}
