package io.omnirun.testkit.postgres;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a program and its database, and is silent when a test wants that: as behind a
 * firewall that has lost its memory, connections stay open, take what is sent, and answer nothing.
 * Thread-safe.
 */
public final class SilentRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final URI database;
  private final ServerSocket door;
  private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean silent;

  private SilentRelay(URI database) throws IOException {
    this.database = database;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /**
   * Begins to relay. The caller closes it.
   *
   * @param url of a database, as {@link TestingPostgresql#newDatabaseUrl} has given it
   */
  public static SilentRelay to(String url) {
    try {
      SilentRelay relay = new SilentRelay(URI.create(url));
      Thread.ofVirtual().name("relay").start(relay::serve);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The address of the same database by way of this. */
  public String url() {
    return database
        .toString()
        .replace(":" + database.getPort() + "/", ":" + door.getLocalPort() + "/");
  }

  /** From now on nothing comes through, of old and new connections. */
  public void silence() {
    silent = true;
  }

  /** New connections work again; the old ones have lost something and end. */
  public void speak() {
    silent = false;
    open.forEach(SilentRelay::closeQuietly);
    open.clear();
  }

  private void serve() {
    while (!door.isClosed()) {
      try {
        relay(door.accept());
      } catch (IOException closed) {
        // By close, or its client has gone already.
      }
    }
  }

  private void relay(Socket client) throws IOException {
    open.add(client);
    Socket server = new Socket();
    open.add(server);
    server.connect(new InetSocketAddress(database.getHost(), database.getPort()));
    Thread.ofVirtual().start(() -> pump(client, server));
    Thread.ofVirtual().start(() -> pump(server, client));
  }

  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream input = from.getInputStream();
      OutputStream output = to.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        if (!silent) {
          output.write(buffer, 0, count);
        }
      }
    } catch (IOException ended) {
      // So do relayed connections end.
    }
  }

  private static void closeQuietly(Closeable connection) {
    try {
      connection.close();
    } catch (IOException alreadyBroken) {
      // Whoever reads it is told.
    }
  }

  @Override
  public void close() {
    closeQuietly(door);
    speak();
  }
}
