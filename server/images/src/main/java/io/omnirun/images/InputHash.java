package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The hash of a build's inputs. Every field goes in with its name and its length, so that no two
 * different lists of inputs look alike. Not thread-safe.
 */
final class InputHash {
  /** 128 bits: no accident makes two inputs collide, and the name stays readable. */
  private static final int HEX_DIGITS = 32;

  private static final int READ_BYTES = 64 * 1024;

  private final MessageDigest digest;

  InputHash(String kind) {
    digest = sha256();
    add("kind", kind);
  }

  InputHash add(String name, String value) {
    return add(name, value.getBytes(UTF_8));
  }

  InputHash add(String name, byte[] value) {
    addBytes(name.getBytes(UTF_8));
    addBytes(value);
    return this;
  }

  InputHash add(String name, List<String> values) {
    add(name, Integer.toString(values.size()));
    values.forEach(value -> add("item", value));
    return this;
  }

  /** Adds what a file holds, not where it lies. */
  InputHash addContent(String name, Path file) throws IOException {
    MessageDigest content = sha256();
    try (InputStream input = Files.newInputStream(file)) {
      byte[] buffer = new byte[READ_BYTES];
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        content.update(buffer, 0, count);
      }
    }
    return add(name, content.digest());
  }

  /** The hash as lower-case hexadecimal digits; ends the use of this object. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest()).substring(0, HEX_DIGITS);
  }

  private void addBytes(byte[] bytes) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
