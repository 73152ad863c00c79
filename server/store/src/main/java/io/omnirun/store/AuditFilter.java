package io.omnirun.store;

import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link AuditQuery} asks for, as parameters. Public for JDBI's reflection alone.
 *
 * @param from the first id, inclusive
 * @param to behind the last id
 */
public record AuditFilter(
    @Nullable String account,
    @Nullable String action,
    @Nullable String resource,
    @Nullable String outcome,
    String from,
    String to,
    int limit) {

  static AuditFilter of(AuditQuery query) {
    AuditId from = AuditId.lowestAt(query.since().orElse(Instant.EPOCH));
    AuditId to =
        Stream.concat(
                query.olderThan().stream(),
                Stream.of(AuditId.lowestAt(query.until().orElse(Instant.MAX))))
            .min(AuditId::compareTo)
            .orElseThrow();
    return new AuditFilter(
        query.account().map(AccountId::value).orElse(null),
        query.action().map(AuditAction::text).orElse(null),
        query.resource().orElse(null),
        query.outcome().map(AuditOutcome::text).orElse(null),
        from.value(),
        to.value(),
        query.limit());
  }
}
