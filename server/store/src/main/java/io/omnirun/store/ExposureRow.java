package io.omnirun.store;

import io.omnirun.model.Exposure;
import org.jspecify.annotations.Nullable;

/** A row to insert into the table {@code exposure}. Public for JDBI's reflection alone. */
public record ExposureRow(
    String exposureId,
    String accountId,
    String sandboxId,
    int port,
    String slug,
    String visibility,
    String status,
    @Nullable String tokenSha256,
    String openPath,
    int preserveHost,
    long createdAtMs,
    String createdBy,
    long ownEndMs) {

  static ExposureRow of(Exposure exposure) {
    return new ExposureRow(
        exposure.id().value(),
        exposure.account().value(),
        exposure.sandbox().value(),
        exposure.port(),
        exposure.slug(),
        exposure.visibility().text(),
        exposure.status().text(),
        exposure.tokenHash().orElse(null),
        exposure.openPath(),
        exposure.preserveHost() ? 1 : 0,
        exposure.createdAt().toEpochMilli(),
        exposure.createdBy(),
        exposure.ownEnd().toEpochMilli());
  }
}
