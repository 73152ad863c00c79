package io.omnirun.model;

import java.util.Optional;

/**
 * One name, or all names below one: {@code *.example.com} is {@code a.example.com} and {@code
 * a.b.example.com}, but not {@code example.com} itself. {@code *} alone is none: who wants
 * everything asks for the internet. {@code *.com} is one, as a company's own top-level domain may
 * be.
 *
 * @param name what is meant, or what is above it
 * @param below whether the names below are meant
 */
public record DomainPattern(DomainName name, boolean below) {
  private static final String WILDCARD = "*.";

  /**
   * The pattern that a caller wrote, in any script and case.
   *
   * @throws OmniRunException INVALID_REQUEST with what is wrong
   */
  public static DomainPattern parse(String text) {
    boolean below = text.startsWith(WILDCARD);
    String name = below ? text.substring(WILDCARD.length()) : text;
    if (name.indexOf('*') >= 0) {
      throw DomainName.refused(text, "has a * elsewhere than in front, as in *.example.com");
    }
    return new DomainPattern(DomainName.parse(name), below);
  }

  /** Whether that name is meant. */
  public boolean matches(DomainName asked) {
    return below ? asked.value().endsWith("." + name.value()) : asked.equals(name);
  }

  /** The one name that is meant, empty if there are many. */
  public Optional<DomainName> exactName() {
    return below ? Optional.empty() : Optional.of(name);
  }

  @Override
  public String toString() {
    return below ? WILDCARD + name : name.value();
  }
}
