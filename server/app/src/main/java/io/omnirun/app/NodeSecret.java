package io.omnirun.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

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
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    OwnerOnlyFile.write(file, secret);
    return secret;
  }
}
