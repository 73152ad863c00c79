package io.omnirun.store;

import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.extension.Extensions;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.core.statement.StatementExceptions.MessageRendering;
import org.jdbi.v3.sqlobject.SqlObjectFactory;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;

/**
 * Runs statements of one kind of DAO, each call on a connection of its own for just as long as it
 * takes. Failures are thrown as {@link DatabaseFailures} has it. Thread-safe; calls block for the
 * database.
 *
 * <p>On SQLite a call holds its carrier thread, for it runs in native code: microseconds for a
 * read, one sync of the disk for a write, of which there is one at a time.
 */
final class Daos<D> {
  private final Class<D> type;
  private final Jdbi writing;
  private final Jdbi reading;

  Daos(Class<D> type, Pools pools) {
    this.type = type;
    this.writing = jdbi(type, pools.writing());
    this.reading = jdbi(type, pools.reading());
  }

  /** Runs statements that only read. */
  <T> T read(Function<D, T> statements) {
    return DatabaseFailures.translatingRead(() -> reading.withExtension(type, statements::apply));
  }

  /** Runs one statement that writes, which is on disk when this returns. */
  <T> T write(Function<D, T> statement) {
    return DatabaseFailures.translating(() -> writing.withExtension(type, statement::apply));
  }

  /**
   * Runs statements in one transaction, which is on disk when this returns. Whatever {@code
   * statements} throws undoes them and is thrown on.
   */
  <T> T writeAtomically(Function<D, T> statements) {
    return DatabaseFailures.translating(
        () -> writing.inTransaction(handle -> statements.apply(handle.attach(type))));
  }

  private static Jdbi jdbi(Class<?> type, DataSource dataSource) {
    Jdbi jdbi =
        Jdbi.create(dataSource)
            .installPlugin(new SqlObjectPlugin())
            .registerRowMapper(new AccountMapper())
            .registerRowMapper(new ProfileMapper())
            .registerRowMapper(new TokenMapper())
            .registerRowMapper(new CredentialMapper())
            .registerRowMapper(new FactorMapper())
            .registerRowMapper(new SandboxMapper())
            .registerRowMapper(new WebhookMapper())
            .registerRowMapper(new ExposureMapper())
            .registerRowMapper(new DeliveryMapper())
            .registerRowMapper(new AuditMapper());
    VaultMappers.register(jdbi);
    LlmMappers.register(jdbi);
    // The other renderings put arguments into messages, and so into logs.
    jdbi.getConfig(StatementExceptions.class).setMessageRendering(MessageRendering.NONE);
    examine(type, jdbi);
    return jdbi;
  }

  /**
   * Has JDBI find out by reflection what a DAO is, once. A connection takes over what is known when
   * it is opened and forgets at its end what it has found out itself: milliseconds, each time.
   */
  private static void examine(Class<?> type, Jdbi jdbi) {
    Extensions extensions = jdbi.getConfig(Extensions.class);
    extensions.findMetadata(type, extensions.findFactory(SqlObjectFactory.class).orElseThrow());
  }
}
