package io.omnirun.store;

import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.VaultId;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads rows of the tables about vaults. */
final class VaultMappers {
  private VaultMappers() {}

  static void register(Jdbi jdbi) {
    jdbi.registerRowMapper(StoredVault.class, VaultMappers::vault);
    jdbi.registerRowMapper(SealedCredential.class, VaultMappers::credential);
    jdbi.registerRowMapper(MasterKeyRecord.class, VaultMappers::masterKey);
  }

  private static StoredVault vault(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new StoredVault(
          new AccountId(row.getString("account_id")),
          new VaultId(row.getString("vault_id")),
          new WrappedKey(row.getString("master_key"), row.getString("wrapped_key")));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored vault cannot be read", e);
    }
  }

  private static SealedCredential credential(ResultSet row, StatementContext context)
      throws SQLException {
    return new SealedCredential(
        row.getString("name"),
        row.getLong("version"),
        row.getInt("size_bytes"),
        row.getString("sealed_value"));
  }

  private static MasterKeyRecord masterKey(ResultSet row, StatementContext context)
      throws SQLException {
    return new MasterKeyRecord(
        new WrappedKey(row.getString("master_key"), row.getString("canary")));
  }
}
