package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The certificate by which a server proves its names, and the key that belongs to it. */
public final class TlsIdentity {
  /** A chain of a few certificates has some 10 KiB. */
  private static final long MAX_FILE_BYTES = 1024 * 1024;

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /** By a key's algorithm, how it signs what the certificate is tried with. */
  private static final Map<String, String> SIGNATURES =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

  private static final byte[] TRIAL = "trial".getBytes(StandardCharsets.US_ASCII);

  private final KeyStore store;

  private TlsIdentity(KeyStore store) {
    this.store = store;
  }

  /**
   * Reads PEM files: a certificate with those that vouch for it behind it, and a PKCS #8 key
   * without a password.
   *
   * @throws OmniRunException CONFIGURATION_INVALID saying which file is wrong, and how
   */
  public static TlsIdentity load(Path certificateFile, Path keyFile) {
    List<X509Certificate> chain = chain(certificateFile);
    PrivateKey key = key(keyFile);
    requirePair(chain.getFirst(), key, certificateFile, keyFile);
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key, new char[0], chain.toArray(Certificate[]::new));
      return new TlsIdentity(store);
    } catch (GeneralSecurityException | IOException e) {
      throw invalid(certificateFile, "cannot be used", e);
    }
  }

  private static List<X509Certificate> chain(Path file) {
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (GeneralSecurityException e) {
      throw invalid(file, "holds no certificate in PEM that can be read", e);
    }
    throw invalid(file, "holds no certificate");
  }

  private static PrivateKey key(Path file) {
    Matcher pem = PRIVATE_KEY.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw invalid(
          file,
          "holds no PKCS #8 key without a password (BEGIN PRIVATE KEY); openssl pkcs8 -topk8 -nocrypt"
              + " makes one of others");
    }
    PKCS8EncodedKeySpec encoded;
    try {
      encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    } catch (IllegalArgumentException e) {
      throw invalid(file, "holds a key that is not whole", e);
    }
    OmniRunException refusal = invalid(file, "holds a key that is neither RSA, EC nor EdDSA");
    for (String algorithm : SIGNATURES.keySet()) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (GeneralSecurityException e) {
        refusal.addSuppressed(e);
      }
    }
    throw refusal;
  }

  private static void requirePair(
      X509Certificate certificate, PrivateKey key, Path certificateFile, Path keyFile) {
    try {
      Signature signature = Signature.getInstance(SIGNATURES.get(key.getAlgorithm()));
      signature.initSign(key);
      signature.update(TRIAL);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(TRIAL);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw invalid(keyFile, "is not the key of " + certificateFile, e);
    }
    throw invalid(keyFile, "is not the key of " + certificateFile);
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw invalid(file, "is larger than any such file");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw invalid(file, "cannot be read", e);
    }
  }

  private static OmniRunException invalid(Path file, String problem) {
    return new OmniRunException(ErrorCode.CONFIGURATION_INVALID, file + " " + problem);
  }

  private static OmniRunException invalid(Path file, String problem, Exception cause) {
    return new OmniRunException(ErrorCode.CONFIGURATION_INVALID, file + " " + problem, cause);
  }

  SslContextFactory.Server contextFactory() {
    SslContextFactory.Server factory = new SslContextFactory.Server();
    factory.setKeyStore(store);
    factory.setKeyStorePassword("");
    factory.setIncludeProtocols("TLSv1.2", "TLSv1.3");
    return factory;
  }
}
