package io.omnirun.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;

/**
 * Keeps the first account's API key in a file that only the server's user can read.
 *
 * @param file where; need not exist
 */
record FirstKeyFile(Path file) implements FirstKeyKeeper {
  /** No key is that long; a wrong path may name anything. */
  private static final int MAX_BYTES = 1024;

  @Override
  public String keep(String newKey) {
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return read();
      }
      OwnerOnlyFile.write(file, newKey.getBytes(UTF_8));
      return newKey;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "the first account's API key cannot be kept in " + file,
          e);
    }
  }

  /** What others could have written or read is no secret of ours. */
  private String read() throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()
        || attributes.size() > MAX_BYTES
        || !OwnerOnlyFile.PERMISSIONS.containsAll(attributes.permissions())) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          file
              + " was there before the first account and is not a key file of mode 0600: remove it,"
              + " then start again");
    }
    return Files.readString(file).strip();
  }
}
