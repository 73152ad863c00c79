package io.omnirun.machine.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Encrypts or decrypts chunks of one file, each under its number. A chunk's nonce is three zero
 * bytes, its number in eight, and one that is 1 for the last chunk alone (the STREAM construction
 * of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): a chunk that is changed, left out, moved,
 * repeated or cut off at the end opens no more. The key must be this file's alone. Used by one
 * thread.
 */
final class ChunkCipher {
  /** Of plain text in every chunk but the last: fits a core's cache, and a tag costs nothing. */
  static final int PLAIN_BYTES = 256 * 1024;

  static final int TAG_BYTES = 16;

  /** Of cipher text in every chunk but the last. */
  static final int SEALED_BYTES = PLAIN_BYTES + TAG_BYTES;

  private static final int COUNTER_OFFSET = 3;

  private final SecretKey key;
  private final byte[] associatedData;
  private final ByteBuffer nonce = ByteBuffer.allocate(12);
  private final Cipher cipher;

  ChunkCipher(SecretKey key, byte[] associatedData) throws GeneralSecurityException {
    this.key = key;
    this.associatedData = associatedData;
    this.cipher = Cipher.getInstance(DataKey.AES_GCM);
  }

  /** One for the same file, for another thread. */
  ChunkCipher another() {
    try {
      return new ChunkCipher(key, associatedData);
    } catch (GeneralSecurityException e) {
      throw DataKey.unsupported(e);
    }
  }

  /**
   * Encrypts a chunk and returns how many bytes it has now.
   *
   * @param number never the same for two chunks of the file
   */
  int seal(long number, boolean last, byte[] plain, int length, byte[] sealed) {
    try {
      begin(Cipher.ENCRYPT_MODE, number, last);
      return cipher.doFinal(plain, 0, length, sealed, 0);
    } catch (GeneralSecurityException e) {
      throw DataKey.unsupported(e);
    }
  }

  /**
   * Decrypts a chunk and returns how many bytes it has.
   *
   * @throws DamagedException if it is not the one that was written in this place
   */
  int open(long number, boolean last, byte[] sealed, int length, byte[] plain)
      throws DamagedException {
    try {
      begin(Cipher.DECRYPT_MODE, number, last);
      return cipher.doFinal(sealed, 0, length, plain, 0);
    } catch (AEADBadTagException e) {
      throw new DamagedException("chunk " + number + " does not open", e);
    } catch (GeneralSecurityException e) {
      throw DataKey.unsupported(e);
    }
  }

  private void begin(int mode, long number, boolean last) throws GeneralSecurityException {
    nonce.putLong(COUNTER_OFFSET, number);
    nonce.put(nonce.capacity() - 1, (byte) (last ? 1 : 0));
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce.array()));
    cipher.updateAAD(associatedData);
  }
}
