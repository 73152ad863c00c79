package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Visibility;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads exposures from rows of the table {@code exposure}. */
final class ExposureMapper implements RowMapper<Exposure> {
  @Override
  public Exposure map(ResultSet row, StatementContext context) throws SQLException {
    try {
      ExposureStatus status = ExposureStatus.ofText(row.getString("status"));
      return new Exposure(
          new ExposureId(row.getString("exposure_id")),
          new AccountId(row.getString("account_id")),
          new SandboxId(row.getString("sandbox_id")),
          row.getInt("port"),
          row.getString("slug"),
          Visibility.parse(row.getString("visibility")).orElseThrow(IllegalArgumentException::new),
          status,
          Optional.ofNullable(row.getString("token_sha256")),
          row.getString("open_path"),
          row.getInt("preserve_host") != 0,
          Columns.instant(row, "created_at_ms"),
          row.getString("created_by"),
          Columns.instant(row, "own_end_ms"),
          Columns.optionalInstant(row, "sandbox_end_ms"),
          status.isOpen() ? Optional.empty() : Optional.of(Columns.instant(row, "over_at_ms")),
          Columns.optionalInstant(row, "last_accessed_at_ms"));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored exposure cannot be read", e);
    }
  }
}
