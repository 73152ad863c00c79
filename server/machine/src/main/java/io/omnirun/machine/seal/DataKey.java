package io.omnirun.machine.seal;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A random key that encrypts the files of one pause and nothing else, and is itself kept encrypted
 * by the account's key (an envelope). Each file has a key of its own, derived from it, so that two
 * files may count their chunks alike. Immutable.
 */
public final class DataKey {
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** The first byte of an envelope: what follows is a nonce, the key and a tag. */
  private static final byte VERSION = 1;

  static final String AES = "AES";
  static final String AES_GCM = "AES/GCM/NoPadding";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKey key;
  private final String context;

  private DataKey(byte[] key, String context) {
    this.key = new SecretKeySpec(key, AES);
    this.context = context;
  }

  /** A new one. */
  public static DataKey random(PauseSeal seal) {
    return new DataKey(randomBytes(KEY_BYTES), seal.context());
  }

  /** Encrypts it for the account. */
  public byte[] wrap(PauseSeal seal) {
    byte[] nonce = randomBytes(NONCE_BYTES);
    try {
      byte[] wrapped = cipher(Cipher.ENCRYPT_MODE, seal, nonce).doFinal(key.getEncoded());
      return ByteBuffer.allocate(1 + NONCE_BYTES + wrapped.length)
          .put(VERSION)
          .put(nonce)
          .put(wrapped)
          .array();
    } catch (GeneralSecurityException e) {
      throw unsupported(e);
    }
  }

  /**
   * Opens what {@link #wrap} has made.
   *
   * @throws DamagedException if it is anything else, or was made for another account or sandbox
   */
  public static DataKey unwrap(byte[] envelope, PauseSeal seal) throws DamagedException {
    if (envelope.length != 1 + NONCE_BYTES + KEY_BYTES + TAG_BITS / Byte.SIZE
        || envelope[0] != VERSION) {
      throw new DamagedException("the key is not of the form that this version writes");
    }
    ByteBuffer parts = ByteBuffer.wrap(envelope, 1, envelope.length - 1);
    byte[] nonce = new byte[NONCE_BYTES];
    parts.get(nonce);
    byte[] wrapped = new byte[parts.remaining()];
    parts.get(wrapped);
    try {
      return new DataKey(cipher(Cipher.DECRYPT_MODE, seal, nonce).doFinal(wrapped), seal.context());
    } catch (GeneralSecurityException e) {
      throw new DamagedException("the key does not open", e);
    }
  }

  private static Cipher cipher(int mode, PauseSeal seal, byte[] nonce)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(AES_GCM);
    cipher.init(
        mode, new SecretKeySpec(seal.accountKey(), AES), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(seal.context().getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  /** The cipher of a file's chunks, bound to the file's name and to whom it belongs. */
  ChunkCipher chunks(String file) {
    try {
      SecretKey fileKey =
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  AES,
                  HKDFParameterSpec.expandOnly(
                      key,
                      ("omnirun paused file " + file).getBytes(StandardCharsets.UTF_8),
                      KEY_BYTES));
      return new ChunkCipher(fileKey, (file + " " + context).getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw unsupported(e);
    }
  }

  private static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  static OmniRunException unsupported(GeneralSecurityException cause) {
    return new OmniRunException(
        ErrorCode.INTERNAL, "this Java cannot encrypt as OmniRun needs it", cause);
  }
}
