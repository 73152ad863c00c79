package io.omnirun.store;

import io.omnirun.core.ports.SecondFactorStore.Factor;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads rows of the table {@code second_factor}. */
final class FactorMapper implements RowMapper<Factor> {
  @Override
  public Factor map(ResultSet row, StatementContext context) throws SQLException {
    return new Factor(
        row.getString("sealed_secret"),
        Columns.optionalInstant(row, "confirmed_at_ms").isPresent(),
        row.getLong("last_step"));
  }
}
