package io.omnirun.webhooks;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A key and a certificate that it has signed itself, made by the JDK's own tool. */
record TlsIdentity(KeyStore keys) {
  private static final char[] PASSWORD = "only for a test".toCharArray();
  private static final Path TOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");

  /**
   * @param name whom the certificate is for: {@code ip:127.0.0.1}
   */
  static TlsIdentity create(Path file, String name) throws Exception {
    Process tool =
        new ProcessBuilder(
                List.of(
                    TOOL.toString(),
                    "-genkeypair",
                    "-alias",
                    "receiver",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=receiver",
                    "-validity",
                    "2",
                    "-ext",
                    "san=" + name,
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    new String(PASSWORD)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (tool.waitFor() != 0) {
      throw new IOException("keytool has failed");
    }
    return new TlsIdentity(KeyStore.getInstance(file.toFile(), PASSWORD));
  }

  /** For who is this. */
  SSLContext server() throws GeneralSecurityException {
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** For who trusts this and nobody else. */
  SslContextFactory.Client client() throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry("receiver", keys.getCertificate("receiver"));
    SslContextFactory.Client factory = new SslContextFactory.Client();
    factory.setTrustStore(trusted);
    return factory;
  }
}
