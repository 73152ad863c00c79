package io.omnirun.machine.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedFilesTest {
  private static final int CHUNK = ChunkCipher.SEALED_BYTES;
  private static final PauseSeal SEAL = new PauseSeal(new byte[32], "sb_1 acc_1");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        ChunkCipher.PLAIN_BYTES - 1,
        ChunkCipher.PLAIN_BYTES,
        ChunkCipher.PLAIN_BYTES + 1,
        3 * ChunkCipher.PLAIN_BYTES
      })
  void whatWasWrittenIsReadAndCannotBeSeenInTheFile(int length) throws IOException {
    byte[] content = content(length);
    DataKey key = DataKey.random(SEAL);
    Path file = write(key, content);
    assertThat(read(file, key)).isEqualTo(content);
    if (length > 100) {
      String start = text(Arrays.copyOf(content, 100));
      assertThat(text(Files.readAllBytes(file))).doesNotContain(start);
    }
  }

  @Test
  void aFileThatWasTamperedWithDoesNotOpen() throws IOException {
    DataKey key = DataKey.random(SEAL);
    byte[] sealed = Files.readAllBytes(write(key, content(3 * ChunkCipher.PLAIN_BYTES)));
    assertDamaged(key, with(sealed, bytes -> bytes[CHUNK + 5] ^= 1));
    assertDamaged(key, with(sealed, bytes -> bytes[bytes.length - 1] ^= 1));
    assertDamaged(key, with(sealed, SealedFilesTest::swapFirstChunks));
    assertDamaged(key, Arrays.copyOf(sealed, sealed.length - 1));
    assertDamaged(key, Arrays.copyOf(sealed, 2 * CHUNK));
    assertDamaged(key, Arrays.copyOf(sealed, CHUNK + 7));
    assertDamaged(key, Arrays.copyOf(sealed, sealed.length + 16));
    assertDamaged(key, Arrays.copyOfRange(sealed, CHUNK, sealed.length));
    assertDamaged(key, new byte[0]);
  }

  @Test
  void aFileThatWasNotFinishedDoesNotOpen() throws IOException {
    DataKey key = DataKey.random(SEAL);
    Path file = directory.resolve("ram");
    try (SealedOutput output = SealedOutput.create(file, key)) {
      output.write(content(ChunkCipher.PLAIN_BYTES + 1));
    }
    assertThatThrownBy(() -> read(file, key)).isInstanceOf(DamagedException.class);
  }

  @Test
  void aFileOpensUnderItsOwnNameAndKeyOnly() throws IOException {
    DataKey key = DataKey.random(SEAL);
    Path file = write(key, content(10));
    Path renamed = Files.copy(file, directory.resolve("disk"));
    assertThatThrownBy(() -> read(renamed, key)).isInstanceOf(DamagedException.class);
    assertThatThrownBy(() -> read(file, DataKey.random(SEAL))).isInstanceOf(DamagedException.class);
  }

  @Test
  void aKeyOpensForItsAccountAndSandboxOnly() throws IOException {
    DataKey key = DataKey.random(SEAL);
    byte[] envelope = key.wrap(SEAL);
    assertThat(read(write(key, content(10)), DataKey.unwrap(envelope, SEAL)))
        .isEqualTo(content(10));
    byte[] otherKey = new byte[32];
    otherKey[0] = 1;
    assertNoKey(envelope, new PauseSeal(otherKey, SEAL.context()));
    assertNoKey(envelope, new PauseSeal(SEAL.accountKey(), "sb_2 acc_1"));
    assertNoKey(Arrays.copyOf(envelope, envelope.length - 1), SEAL);
    assertNoKey(with(envelope, bytes -> bytes[0]++), SEAL);
    assertNoKey(with(envelope, bytes -> bytes[20]++), SEAL);
  }

  private static void assertNoKey(byte[] envelope, PauseSeal seal) {
    assertThatThrownBy(() -> DataKey.unwrap(envelope, seal)).isInstanceOf(DamagedException.class);
  }

  private void assertDamaged(DataKey key, byte[] sealed) throws IOException {
    Path file = Files.createDirectories(directory.resolve("tampered")).resolve("ram");
    Files.write(file, sealed);
    assertThatThrownBy(() -> read(file, key)).isInstanceOf(DamagedException.class);
  }

  private interface Change {
    void apply(byte[] bytes);
  }

  private static byte[] with(byte[] bytes, Change change) {
    byte[] changed = bytes.clone();
    change.apply(changed);
    return changed;
  }

  private static void swapFirstChunks(byte[] bytes) {
    byte[] first = Arrays.copyOf(bytes, CHUNK);
    System.arraycopy(bytes, CHUNK, bytes, 0, CHUNK);
    System.arraycopy(first, 0, bytes, CHUNK, CHUNK);
  }

  private Path write(DataKey key, byte[] content) throws IOException {
    Path file = directory.resolve("ram");
    Files.deleteIfExists(file);
    try (SealedOutput output = SealedOutput.create(file, key)) {
      output.write(content);
      output.finish();
    }
    return file;
  }

  private static byte[] read(Path file, DataKey key) throws IOException {
    try (SealedInput input = SealedInput.open(file, key)) {
      return input.readAllBytes();
    }
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(42).nextBytes(content);
    return content;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
