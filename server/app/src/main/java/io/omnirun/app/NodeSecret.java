package io.omnirun.app;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.stream.Stream;

/**
 * The secret from which this node derives the tokens of its guests' agents: made at first start,
 * then kept.
 */
final class NodeSecret {
  private static final int BYTES = 32;

  private NodeSecret() {}

  static byte[] loadOrCreate(Path stateDir) throws IOException {
    Path file = stateDir.resolve("node.secret");
    if (Files.exists(file)) {
      return Files.readAllBytes(file);
    }
    requireNothingPaused(stateDir.resolve("paused"));
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    OwnerOnlyFile.write(file, secret);
    return secret;
  }

  /** Under a new secret, what is paused would look damaged when it is resumed. */
  private static void requireNothingPaused(Path pausedDir) throws IOException {
    if (!Files.isDirectory(pausedDir)) {
      return;
    }
    try (Stream<Path> paused = Files.list(pausedDir)) {
      if (paused.findAny().isPresent()) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID,
            "there are paused sandboxes and no node.secret in the state directory, without which"
                + " they do not open: put it back, or remove what is in "
                + pausedDir);
      }
    }
  }
}
