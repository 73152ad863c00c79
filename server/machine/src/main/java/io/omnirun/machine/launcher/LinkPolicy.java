package io.omnirun.machine.launcher;

import java.util.List;

/**
 * What a machine may use its link for, in the launcher's words ({@code api/launcher.md}, {@code
 * network.plug}).
 *
 * @param open everything that is not denied
 * @param proxied ports 443 and 80 lead to the server's proxies, and nothing else anywhere
 * @param resolved what is for any name server goes to the server's
 * @param allowed networks, {@code a.b.c.d/n}
 * @param denied networks
 * @param keep what is open and pinned, if the policy is what it was
 */
public record LinkPolicy(
    String machine,
    boolean open,
    boolean proxied,
    boolean resolved,
    List<String> allowed,
    List<String> denied,
    List<Pin> pinned,
    boolean keep) {
  /** An address that is open for a time. */
  public record Pin(String address, long seconds) {}
}
