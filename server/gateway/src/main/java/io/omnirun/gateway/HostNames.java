package io.omnirun.gateway;

import io.omnirun.gateway.PreviewAddress.Spelling;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the host names of one domain: {@code <sandboxId>-<port>}, {@code <port>-<sandboxId without
 * its underscore>}, and slugs. Immutable and thread-safe.
 */
final class HostNames {
  /** What DNS can carry (RFC 1035). */
  private static final int MAX_NAME_CHARACTERS = 253;

  private static final Pattern AUTHORITY = Pattern.compile("([^:@\\[\\]/]+?)\\.?(:[0-9]{1,5})?");
  private static final Pattern OURS = Pattern.compile("(sb_[a-z0-9]{20})-([1-9][0-9]{0,4})");
  private static final Pattern E2BS = Pattern.compile("([1-9][0-9]{0,4})-sb([a-z0-9]{20})");
  private static final Pattern SLUG = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

  private final String suffix;

  HostNames(String domain) {
    this.suffix = "." + domain;
  }

  /** Whether a host is below the domain, whether or not it means anything. */
  boolean isBelowDomain(String host) {
    // Most requests are for the API's own name, which is shorter than any below it.
    return host.length() > suffix.length()
        && name(host).filter(name -> name.endsWith(suffix)).isPresent();
  }

  private static Optional<String> name(String host) {
    Matcher authority = AUTHORITY.matcher(host);
    return authority.matches()
        ? Optional.of(authority.group(1).toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  /** What a host means; empty: nothing that could be a preview's. Which are served others know. */
  Optional<PreviewAddress> read(String host) {
    Matcher authority = AUTHORITY.matcher(host);
    if (host.length() > 2 * MAX_NAME_CHARACTERS || !authority.matches()) {
      return Optional.empty();
    }
    String name = authority.group(1).toLowerCase(Locale.ROOT);
    if (name.length() > MAX_NAME_CHARACTERS || !name.endsWith(suffix)) {
      return Optional.empty();
    }
    String port = Optional.ofNullable(authority.group(2)).orElse("");
    String label = name.substring(0, name.length() - suffix.length());
    return read(label, name + port, port);
  }

  private Optional<PreviewAddress> read(String label, String authority, String port) {
    Matcher ours = OURS.matcher(label);
    if (ours.matches()) {
      return sandboxPort(ours.group(1), ours.group(2))
          .map(name -> new PreviewAddress(name, authority, port, Spelling.OURS));
    }
    Matcher theirs = E2BS.matcher(label);
    if (theirs.matches()) {
      return sandboxPort("sb_" + theirs.group(2), theirs.group(1))
          .map(name -> new PreviewAddress(name, authority, port, Spelling.E2B));
    }
    return SLUG.matcher(label).matches()
        ? Optional.of(
            new PreviewAddress(new PreviewName.Slug(label), authority, port, Spelling.OURS))
        : Optional.empty();
  }

  private Optional<PreviewName> sandboxPort(String sandbox, String digits) {
    int port = Integer.parseInt(digits);
    return port <= GuestPorts.MAX
        ? Optional.of(new PreviewName.SandboxPort(new SandboxId(sandbox), port))
        : Optional.empty();
  }

  /** The name under which a guest knows its port, whatever the browser has called it. */
  String canonical(SandboxId sandbox, int port) {
    return sandbox.value() + "-" + port + suffix;
  }
}
