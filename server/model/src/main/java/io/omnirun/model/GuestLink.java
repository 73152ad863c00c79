package io.omnirun.model;

import java.util.List;

/**
 * What a guest must set to use its link.
 *
 * @param address its own, with the length of its prefix: {@code 192.0.2.2/30}
 * @param gateway where it sends everything
 * @param nameServers whom it asks for names
 */
public record GuestLink(String address, String gateway, List<String> nameServers) {
  /**
   * What links have as their name server: an address of nobody (RFC 5737), which the launcher's
   * router leads to the server's resolver. Templates have it before there is a link.
   */
  public static final String NAME_SERVER = "192.0.2.53";

  public GuestLink {
    nameServers = List.copyOf(nameServers);
  }
}
