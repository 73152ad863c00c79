package io.omnirun.rest;

import io.omnirun.core.ports.AuditQuery;
import io.omnirun.http.QueryParameters;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What {@code GET /audit} asks for. */
final class AuditQueryParameters {
  static final int DEFAULT_LIMIT = 50;
  static final int MAX_LIMIT = 1_000;

  /** Longer than every id and name. */
  static final int MAX_RESOURCE_LENGTH = 256;

  private AuditQueryParameters() {}

  /**
   * @throws io.omnirun.model.OmniRunException naming the parameter that is wrong
   */
  static AuditQuery parse(QueryParameters query, Caller caller) {
    return new AuditQuery(
        account(query, caller),
        parse(query, "action", AuditAction::parse, known(AuditAction.values(), AuditAction::text)),
        query.optional("resource").map(AuditQueryParameters::resource),
        parse(
            query,
            "outcome",
            AuditOutcome::parse,
            known(AuditOutcome.values(), AuditOutcome::text)),
        time(query, "since"),
        time(query, "until"),
        query
            .optional("next_token")
            .filter(token -> !token.isEmpty())
            .map(AuditQueryParameters::token),
        query.optionalInteger("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT));
  }

  /** Everybody's, empty, is for administrators. */
  private static Optional<AccountId> account(QueryParameters query, Caller caller) {
    boolean everybodys =
        parse(query, "all", AuditQueryParameters::flag, "true, false").orElse(false);
    if (everybodys && !caller.mayAdminister()) {
      throw new OmniRunException(
          ErrorCode.PERMISSION_DENIED,
          "only an administrator of this server sees everybody's audit, with a token that has the"
              + " scope admin");
    }
    return everybodys ? Optional.empty() : Optional.of(caller.account().id());
  }

  private static Optional<Boolean> flag(String text) {
    return switch (text) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static <T> Optional<T> parse(
      QueryParameters query, String name, Function<String, Optional<T>> parser, String known) {
    Optional<String> text = query.optional(name);
    Optional<T> parsed = text.flatMap(parser);
    if (text.isPresent() && parsed.isEmpty()) {
      throw InvalidRequest.because("query parameter \"%s\" must be of: %s".formatted(name, known));
    }
    return parsed;
  }

  private static <T> String known(T[] values, Function<T, String> text) {
    return Arrays.stream(values).map(text).collect(Collectors.joining(", "));
  }

  private static String resource(String text) {
    InvalidRequest.withoutNul("query parameter \"resource\"", text);
    if (text.isEmpty() || text.length() > MAX_RESOURCE_LENGTH) {
      throw InvalidRequest.because(
          "query parameter \"resource\" has 1 to %d characters".formatted(MAX_RESOURCE_LENGTH));
    }
    return text;
  }

  private static Optional<Instant> time(QueryParameters query, String name) {
    return query.optional(name).map(text -> time(name, text));
  }

  private static Instant time(String name, String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw InvalidRequest.because(
          "query parameter \"%s\" must be a time such as 2026-03-01T12:00:00Z".formatted(name), e);
    }
  }

  private static AuditId token(String text) {
    return AuditId.parse(text)
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "query parameter \"next_token\" is none that this server gave; begin again without it"));
  }
}
