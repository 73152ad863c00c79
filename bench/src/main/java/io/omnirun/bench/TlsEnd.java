package io.omnirun.bench;

import io.omnirun.testkit.server.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;

/** A TLS server that says one byte on every connection, and clients that fetch it. */
final class TlsEnd implements AutoCloseable {
  private static final String PASSWORD = "only-of-this-run";
  private static final int BACKLOG = 1_024;

  private final String name;
  private final SSLContext client;
  private final SSLServerSocket listener;

  TlsEnd(String name, InetAddress address) throws IOException, GeneralSecurityException {
    this.name = name;
    KeyStore keys = keys(name);
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD.toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(keys);
    SSLContext server = SSLContext.getInstance("TLS");
    server.init(own.getKeyManagers(), null, null);
    client = SSLContext.getInstance("TLS");
    client.init(null, trust.getTrustManagers(), null);
    client.getClientSessionContext().setSessionTimeout(1);
    listener = (SSLServerSocket) server.getServerSocketFactory().createServerSocket();
    listener.bind(new InetSocketAddress(address, 0), BACKLOG);
    Thread.ofPlatform().daemon().start(this::serve);
  }

  private static KeyStore keys(String name) throws IOException, GeneralSecurityException {
    Path folder = Files.createTempDirectory("bench-keys");
    Path file = folder.resolve("keys.p12");
    Shell.run(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-alias",
        "server",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=" + name,
        "-ext",
        "san=dns:" + name,
        "-keystore",
        file.toString(),
        "-storepass",
        PASSWORD);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream input = Files.newInputStream(file)) {
      keys.load(input, PASSWORD.toCharArray());
    }
    keys.setCertificateEntry("trusted", keys.getCertificate("server"));
    Files.delete(file);
    Files.delete(folder);
    return keys;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** One connection from its beginning to its end. */
  void connect(InetSocketAddress proxy) throws IOException {
    Socket socket = new Socket();
    socket.connect(proxy);
    try (Socket tls = client.getSocketFactory().createSocket(socket, name, proxy.getPort(), true)) {
      if (tls.getInputStream().read() < 0) {
        throw new IOException("the server said nothing");
      }
    }
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.startVirtualThread(() -> sayOneByte(socket));
      } catch (IOException e) {
        complainUnlessClosed(e);
      }
    }
  }

  private void sayOneByte(Socket socket) {
    try (socket) {
      socket.getOutputStream().write(1);
    } catch (IOException e) {
      complainUnlessClosed(e);
    }
  }

  private void complainUnlessClosed(IOException problem) {
    if (!listener.isClosed()) {
      problem.printStackTrace();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
