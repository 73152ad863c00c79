package io.omnirun.store;

import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;
import org.jdbi.v3.core.Jdbi;

/** Reads rows about language models. */
final class LlmMappers {
  private LlmMappers() {}

  static void register(Jdbi jdbi) {
    jdbi.registerRowMapper(LlmCap.class, (row, context) -> cap(row));
    jdbi.registerRowMapper(LlmAmounts.class, (row, context) -> amounts(row));
    jdbi.registerRowMapper(LlmUsageRow.class, (row, context) -> usage(row));
  }

  private static LlmCap cap(ResultSet row) throws SQLException {
    return new LlmCap(
        optionalLong(row, "picodollars"),
        optionalLong(row, "tokens"),
        CapPeriod.parse(row.getString("period")).orElseThrow());
  }

  private static OptionalLong optionalLong(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static LlmAmounts amounts(ResultSet row) throws SQLException {
    return new LlmAmounts(row.getLong("picodollars"), row.getLong("tokens"));
  }

  private static LlmUsageRow usage(ResultSet row) throws SQLException {
    return new LlmUsageRow(
        LocalDate.parse(row.getString("day")),
        row.getString("model"),
        optionalText(row, "token_id").map(TokenId::new),
        optionalText(row, "sandbox_id").map(SandboxId::new),
        row.getLong("calls"),
        row.getLong("estimated_calls"),
        sums(row),
        row.getLong("picodollars"));
  }

  private static LlmUsageRow.Tokens sums(ResultSet row) throws SQLException {
    return new LlmUsageRow.Tokens(
        row.getLong("prompt_tokens"),
        row.getLong("cached_tokens"),
        row.getLong("cache_write_tokens"),
        row.getLong("completion_tokens"),
        row.getLong("reasoning_tokens"));
  }

  private static Optional<String> optionalText(ResultSet row, String column) throws SQLException {
    return Optional.of(row.getString(column)).filter(text -> !text.isEmpty());
  }
}
