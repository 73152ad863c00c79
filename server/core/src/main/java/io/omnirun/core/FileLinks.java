package io.omnirun.core;

import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that stand for the right to do one thing with one file for a while, without a key. Each
 * says itself what it is for and is authenticated with HMAC-SHA-256 under a key of this node's, so
 * nothing is stored, a restart keeps them good, and a wrong one tells nothing of any sandbox.
 * Thread-safe.
 */
public final class FileLinks {
  /** What a token allows. */
  public enum Purpose {
    DOWNLOAD,
    UPLOAD
  }

  /** What a token says. */
  public record Grant(
      AccountId account, SandboxId sandbox, Purpose purpose, String path, String user) {}

  private static final String HMAC = "HmacSHA256";
  private static final int MAC_BYTES = 32;

  /** Longer than its HMAC, and at most of a path of 4,096 bytes with a user's name. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{44,8192}");

  /** The node's secret also names sandboxes' own tokens: this keeps the two apart. */
  private static final byte[] KEY_PURPOSE =
      "omnirun: links to files, version 1".getBytes(StandardCharsets.UTF_8);

  private final byte[] key;
  private final Clock clock;

  FileLinks(byte[] nodeSecret, Clock clock) {
    this.key = mac(nodeSecret, KEY_PURPOSE);
    this.clock = clock;
  }

  /** A token of letters, digits, dashes and underscores. */
  public String sign(Grant grant, Duration lifetime) {
    byte[] claims = claims(grant, clock.instant().plus(lifetime));
    ByteArrayOutputStream token = new ByteArrayOutputStream();
    token.writeBytes(mac(key, claims));
    token.writeBytes(claims);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token.toByteArray());
  }

  /**
   * What a token allows.
   *
   * @throws OmniRunException SIGNED_URL_INVALID if it was not made here or for something else,
   *     SIGNED_URL_EXPIRED
   */
  public Grant verify(String token, Purpose purpose) {
    byte[] bytes = decode(token);
    byte[] claims = Arrays.copyOfRange(bytes, MAC_BYTES, bytes.length);
    byte[] sent = Arrays.copyOf(bytes, MAC_BYTES);
    if (!MessageDigest.isEqual(mac(key, claims), sent)) {
      throw invalid("the URL's signature is wrong: use the URL as it was given");
    }
    return read(claims, purpose);
  }

  private static byte[] decode(String token) {
    // Base64 has no text of 4 n + 1 characters.
    if (!TOKEN.matcher(token).matches() || token.length() % 4 == 1) {
      throw invalid("the URL's token is broken: use the URL as it was given");
    }
    return Base64.getUrlDecoder().decode(token);
  }

  private static byte[] claims(Grant grant, Instant expiry) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream claims = new DataOutputStream(bytes)) {
      claims.writeUTF(grant.purpose().name());
      claims.writeLong(expiry.toEpochMilli());
      claims.writeUTF(grant.account().value());
      claims.writeUTF(grant.sandbox().value());
      claims.writeUTF(grant.user());
      claims.writeUTF(grant.path());
    } catch (IOException e) {
      throw new UncheckedIOException("a path or a name is too long for a token", e);
    }
    return bytes.toByteArray();
  }

  /** Reads what this class has written: its signature was right. */
  private Grant read(byte[] claims, Purpose purpose) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(claims))) {
      Purpose signed = Purpose.valueOf(in.readUTF());
      Instant expiry = Instant.ofEpochMilli(in.readLong());
      if (signed != purpose) {
        throw invalid(
            signed == Purpose.DOWNLOAD
                ? "the URL is for downloads: GET it"
                : "the URL is for uploads: PUT the file, or POST a form");
      }
      if (!clock.instant().isBefore(expiry)) {
        throw new OmniRunException(
            ErrorCode.SIGNED_URL_EXPIRED, "the URL's time is over: ask for another one");
      }
      AccountId account = new AccountId(in.readUTF());
      SandboxId sandbox = SandboxId.parse(in.readUTF()).orElseThrow();
      String user = in.readUTF();
      return new Grant(account, sandbox, purpose, in.readUTF(), user);
    } catch (IOException e) {
      throw new UncheckedIOException("claims that were signed cannot be read", e);
    }
  }

  private static byte[] mac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.SIGNED_URL_INVALID, message);
  }
}
