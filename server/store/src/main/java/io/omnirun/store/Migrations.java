package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;

/** Brings the schema of a database to the version that this server knows. */
final class Migrations {
  static final String LOCATION = "classpath:db/migration";

  /** Migrations that the database has and this server does not. */
  private static final Set<MigrationState> FUTURE =
      Set.of(MigrationState.FUTURE_SUCCESS, MigrationState.FUTURE_FAILED);

  private Migrations() {}

  /**
   * Applies the migrations that the database has not seen. Blocks for all of them.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if the database cannot be reached or is not one
   *     of this or an earlier version; nothing is changed then
   */
  static void apply(DataSource dataSource) {
    try {
      Flyway flyway =
          Flyway.configure()
              .dataSource(dataSource)
              .locations(LOCATION)
              .failOnMissingLocations(true)
              .loggers("slf4j")
              .load();
      refuseNewer(flyway);
      flyway.migrate();
    } catch (FlywayException e) {
      throw DatabaseFailures.whenOpening(e);
    }
  }

  private static void refuseNewer(Flyway flyway) {
    Stream.of(flyway.info().all())
        .filter(migration -> FUTURE.contains(migration.getState()))
        .findFirst()
        .ifPresent(Migrations::refuse);
  }

  private static void refuse(MigrationInfo migration) {
    throw new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID,
        "the database was used by a newer version of OmniRun: it has migration "
            + migration.getVersion()
            + ", which this version does not know; start that version, or restore a backup");
  }
}
