package io.omnirun.testkit.network;

import io.omnirun.testkit.server.Installation;
import io.omnirun.testkit.server.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ServerSocketFactory;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What answers at an address of a test's internet. HTTP and TLS say which host was asked for:
 * {@code at <address> for <name>}.
 */
final class InternetServers {
  private static final int ECHO_PORT = 7;
  private static final int HTTP_PORT = 80;
  private static final int[] DATAGRAM_PORTS = {ECHO_PORT, 443, 5353};
  private static final int[] TLS_PORTS = {443, 8443};
  private static final int MAX_DATAGRAM_BYTES = 65_507;
  private static final char[] PASSWORD = "internet".toCharArray();

  private final ServerSocketFactory tls;

  private InternetServers(ServerSocketFactory tls) {
    this.tls = tls;
  }

  /** Makes a certificate that nobody has signed. */
  static InternetServers withCertificateIn(Path directory) throws IOException {
    Path store = directory.resolve("keys.p12");
    Shell.run(
        Installation.find().java().resolveSibling("keytool").toString(),
        "-genkeypair",
        "-alias",
        "internet",
        "-keyalg",
        "EC",
        "-dname",
        "CN=internet",
        "-storetype",
        "PKCS12",
        "-storepass",
        new String(PASSWORD),
        "-keystore",
        store.toString());
    try (InputStream stored = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(stored, PASSWORD);
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return new InternetServers(context.getServerSocketFactory());
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS", e);
    }
  }

  void serve(String address) throws IOException {
    listen(new ServerSocket(), address, ECHO_PORT, InternetServers::echo);
    listen(new ServerSocket(), address, HTTP_PORT, socket -> http(socket, address));
    for (int port : TLS_PORTS) {
      listen(tls.createServerSocket(), address, port, socket -> tls(socket, address));
    }
    for (int port : DATAGRAM_PORTS) {
      DatagramSocket datagrams = new DatagramSocket(new InetSocketAddress(address, port));
      Thread.startVirtualThread(() -> Serving.untilItEnds(() -> echo(datagrams)));
    }
  }

  private static void listen(
      ServerSocket listener, String address, int port, Serving.Handler handler) throws IOException {
    listener.bind(new InetSocketAddress(address, port));
    Thread.startVirtualThread(
        () -> Serving.untilItEnds(() -> Serving.inBackground(listener.accept(), handler)));
  }

  private static void echo(Socket socket) throws IOException {
    socket.getInputStream().transferTo(socket.getOutputStream());
  }

  private static void echo(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM_BYTES], MAX_DATAGRAM_BYTES);
    socket.receive(packet);
    socket.send(packet);
  }

  private static void http(Socket socket, String address) throws IOException {
    answer(socket, address, readHost(socket));
  }

  private static void tls(Socket socket, String address) throws IOException {
    String host = readHost(socket);
    ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) socket).getSession();
    String name =
        session.getRequestedServerNames().stream()
            .findFirst()
            .map(server -> new String(server.getEncoded(), StandardCharsets.US_ASCII))
            .orElse(host);
    answer(socket, address, name);
  }

  private static String readHost(Socket socket) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    String host = "nobody";
    for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      if (line.regionMatches(true, 0, "host:", 0, "host:".length())) {
        host = line.substring("host:".length()).strip();
      }
    }
    return host;
  }

  private static void answer(Socket socket, String address, String name) throws IOException {
    String body = "at %s for %s".formatted(address, name);
    String response =
        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(body.length(), body);
    socket.getOutputStream().write(response.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }
}
