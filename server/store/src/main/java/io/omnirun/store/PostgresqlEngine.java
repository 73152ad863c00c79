package io.omnirun.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server. One pool serves reads and writes.
 *
 * @param host a name or an address, IPv6 in brackets
 * @param password a secret
 */
record PostgresqlEngine(String host, int port, String database, String user, String password)
    implements Engine {
  /** Statements take milliseconds; a server with its default of 100 serves ten such nodes. */
  static final int CONNECTIONS = 10;

  /** As long as a call may wait for a connection. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

  /** A connection that was idle is asked whether it lives; the answer takes a round trip. */
  private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

  /**
   * A server that has said nothing for so long is gone. Statements take milliseconds and wait for
   * others that do. With the wait for a connection before it, a call ends within ten seconds, also
   * when packets are dropped in silence.
   */
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(5);

  /** The server makes its files itself. */
  @Override
  public void prepare() {}

  @Override
  public DataSource unpooled() {
    return dataSource(Duration.ZERO);
  }

  @Override
  public Pools openPools() {
    HikariConfig config = new HikariConfig();
    config.setPoolName("postgresql");
    config.setDataSource(dataSource(SOCKET_TIMEOUT));
    config.setMaximumPoolSize(CONNECTIONS);
    config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
    // Whatever the server's default: admission counts after it has waited for a lock, so the count
    // must see what was committed meanwhile.
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    HikariDataSource pool = new HikariDataSource(config);
    return new Pools(pool, pool);
  }

  private DataSource dataSource(Duration socketTimeout) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {host});
    dataSource.setPortNumbers(new int[] {port});
    dataSource.setDatabaseName(database);
    dataSource.setUser(user);
    dataSource.setPassword(password);
    dataSource.setApplicationName("omnirun");
    dataSource.setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toSeconds()));
    dataSource.setSocketTimeout(Math.toIntExact(socketTimeout.toSeconds()));
    dataSource.setTcpKeepAlive(true);
    // The details of an error quote the row it is about.
    dataSource.setLogServerErrorDetail(false);
    return dataSource;
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "PostgresqlEngine[" + host + ":" + port + "/" + database + "]";
  }
}
