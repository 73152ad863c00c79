package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsIdentityTest {
  private static final String PASSWORD = "changeit";

  @TempDir private Path directory;

  /** Makes {@code name.pem} and {@code name.key} with the JDK's own tool. */
  private void make(String name, String algorithm) throws Exception {
    Path store = directory.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=localhost",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    pem(name + ".pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    pem(name + ".key", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
  }

  private void pem(String file, String type, byte[] bytes) throws Exception {
    String text = Base64.getMimeEncoder().encodeToString(bytes);
    Files.writeString(
        directory.resolve(file),
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(type, text));
  }

  private TlsIdentity load(String certificate, String key) {
    return TlsIdentity.load(directory.resolve(certificate), directory.resolve(key));
  }

  @Test
  void aServerProvesItselfByTheFiles() throws Exception {
    make("a", "EC");
    HostHandler hosts =
        new HostHandler() {
          @Override
          public boolean takes(String host) {
            return true;
          }

          @Override
          public void handle(RawExchange exchange) throws java.io.IOException {
            exchange.begin(HttpStatuses.OK);
            byte[] body = ("secure " + exchange.isSecure()).getBytes(StandardCharsets.US_ASCII);
            exchange.write(ByteBuffer.wrap(body), true);
          }
        };
    try (HttpServer server =
            HttpServer.start(
                HttpServerConfig.at("127.0.0.1", 0),
                hosts,
                Optional.of(load("a.pem", "a.key")),
                (method, route, status) -> {});
        SSLSocket socket =
            (SSLSocket)
                trusting("a.pem").getSocketFactory().createSocket("127.0.0.1", server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("secure true");
    }
  }

  private SSLContext trusting(String certificate) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "server",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(Files.readAllBytes(directory.resolve(certificate)))));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void filesThatAreWrongAreNamed() throws Exception {
    make("a", "EC");
    make("b", "RSA");
    Files.writeString(directory.resolve("empty"), "");
    assertRefused("a.pem", "b.key", "b.key is not the key of");
    assertRefused("empty", "a.key", "empty holds no certificate");
    assertRefused("a.pem", "a.pem", "a.pem holds no PKCS #8 key");
    assertRefused("a.pem", "missing", "missing cannot be read");
  }

  private void assertRefused(String certificate, String key, String why) {
    assertThatThrownBy(() -> load(certificate, key))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining(why);
  }
}
