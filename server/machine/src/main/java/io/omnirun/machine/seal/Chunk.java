package io.omnirun.machine.seal;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Room for one chunk in plain and in sealed form, with a cipher of its own: so several chunks of a
 * file are worked on at once, while it is read or written in order. Used by one thread, which does
 * not touch it between the beginning of some work and its end.
 */
final class Chunk {
  /** More would wait for the disk. */
  private static final int MAX_WORKERS = 4;

  /** For all files; they do nothing but compute. */
  private static final ExecutorService WORKERS =
      Executors.newFixedThreadPool(
          Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().daemon().name("chunk-cipher-", 0).factory());

  private final ChunkCipher cipher;
  private final byte[] plain = new byte[ChunkCipher.PLAIN_BYTES];
  private final byte[] sealed = new byte[ChunkCipher.SEALED_BYTES];
  private CompletableFuture<Integer> work = CompletableFuture.completedFuture(0);

  /**
   * @param cipher no other chunk's
   */
  Chunk(ChunkCipher cipher) {
    this.cipher = cipher;
  }

  /** What is to be encrypted, or was decrypted. */
  byte[] plain() {
    return plain;
  }

  /** What is to be decrypted. */
  byte[] sealed() {
    return sealed;
  }

  /** Begins to encrypt what {@link #plain} begins with. */
  void seal(long number, boolean last, int length) {
    work =
        CompletableFuture.supplyAsync(
            () -> cipher.seal(number, last, plain, length, sealed), WORKERS);
  }

  /** Waits for what {@link #seal} has made. */
  ByteBuffer awaitSealed() {
    return ByteBuffer.wrap(sealed, 0, work.join());
  }

  /** Begins to decrypt what {@link #sealed} begins with. */
  void open(long number, boolean last, int length) {
    work =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return cipher.open(number, last, sealed, length, plain);
              } catch (DamagedException e) {
                throw new CompletionException(e);
              }
            },
            WORKERS);
  }

  /**
   * Waits for what {@link #open} has made, and returns how many bytes of {@link #plain} it is.
   *
   * @throws DamagedException if it is not what was written in this place
   */
  int awaitOpened() throws DamagedException {
    try {
      return work.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DamagedException) {
        throw new DamagedException("the file was changed", e.getCause());
      }
      throw e;
    }
  }
}
