package io.omnirun.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.vault.MasterKeyStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;

/** Keeps the vault's master keys in the state directory, in a file of mode 0600. */
record MasterKeyFile(Path file) implements MasterKeyStorage {
  static final String NAME = "vault.master.key";

  /** A few keys; a wrong path may name anything. */
  private static final int MAX_BYTES = 4_096;

  static MasterKeyFile in(Path stateDir) {
    return new MasterKeyFile(stateDir.resolve(NAME));
  }

  @Override
  public Optional<String> read() {
    try {
      return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(readOwn())
          : Optional.empty();
    } catch (IOException e) {
      throw unusable("cannot be read", e);
    }
  }

  /** What others could have written or read is no secret of ours. */
  private String readOwn() throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()
        || attributes.size() > MAX_BYTES
        || !OwnerOnlyFile.PERMISSIONS.containsAll(attributes.permissions())) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          file + " must be a file that only the server's user can read: chmod 0600 it");
    }
    return Files.readString(file);
  }

  @Override
  public void write(String text) {
    try {
      OwnerOnlyFile.write(file, text.getBytes(UTF_8));
    } catch (IOException e) {
      throw unusable("cannot be written", e);
    }
  }

  private OmniRunException unusable(String problem, IOException cause) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID,
        "the vault's master key in " + file + " " + problem,
        cause);
  }
}
