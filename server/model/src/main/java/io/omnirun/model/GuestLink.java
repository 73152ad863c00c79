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
  public GuestLink {
    nameServers = List.copyOf(nameServers);
  }
}
