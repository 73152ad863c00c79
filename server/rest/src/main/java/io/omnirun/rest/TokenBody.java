package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Scope;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The body of {@code POST /auth/tokens}.
 *
 * @param scopes empty: not named
 */
record TokenBody(String name, Set<Scope> scopes, Optional<Instant> expiresAt) {
  static final int MAX_NAME_LENGTH = 100;

  /** There are fewer, and a name more than once does no harm. */
  static final int MAX_SCOPES = 16;

  /** What the database keeps milliseconds for, and what everybody can read. */
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  /**
   * @throws OmniRunException naming the field that is wrong
   */
  static TokenBody parse(JsonFields body) {
    return new TokenBody(
        name(body.requiredString("name")),
        scopes(body),
        body.optionalString("expiresAt").map(TokenBody::instant));
  }

  private static String name(String text) {
    String name = text.strip();
    boolean shown = name.codePoints().noneMatch(Character::isISOControl);
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || !shown) {
      throw InvalidRequest.because(
          "field \"name\" must have 1 to %d characters, none of them a control character"
              .formatted(MAX_NAME_LENGTH));
    }
    return name;
  }

  private static Set<Scope> scopes(JsonFields body) {
    if (!body.has("scopes")) {
      return Set.of();
    }
    List<String> names = body.stringList("scopes");
    if (names.isEmpty() || names.size() > MAX_SCOPES) {
      throw InvalidRequest.because("field \"scopes\" must name some of: " + known());
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    names.forEach(name -> scopes.add(scope(name)));
    return scopes;
  }

  private static Scope scope(String name) {
    return Scope.parse(name)
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "field \"scopes\" names a scope that there is not; there are " + known()));
  }

  private static String known() {
    return Arrays.stream(Scope.values()).map(Scope::text).collect(Collectors.joining(", "));
  }

  private static Instant instant(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text).toInstant();
      if (instant.isAfter(LAST)) {
        throw InvalidRequest.because("field \"expiresAt\" must be before the year 10000");
      }
      return Instant.ofEpochMilli(instant.toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "field \"expiresAt\" must be a time with its zone, 2027-01-31T12:00:00Z say",
          e);
    }
  }
}
