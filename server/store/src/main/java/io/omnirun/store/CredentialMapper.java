package io.omnirun.store;

import io.omnirun.core.ports.TokenStore.Credential;
import io.omnirun.model.Caller;
import io.omnirun.model.Profile;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads tokens that share a row with the account they are of. */
final class CredentialMapper implements RowMapper<Credential> {
  private final TokenMapper tokens = new TokenMapper();
  private final ProfileMapper profiles = new ProfileMapper();

  @Override
  public Credential map(ResultSet row, StatementContext context) throws SQLException {
    Profile owner = profiles.map(row, context);
    return new Credential(
        new Caller(owner.account(), tokens.map(row, context), owner.administrator()),
        owner.suspendedAt().isPresent());
  }
}
