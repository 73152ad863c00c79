package io.omnirun.vault;

import java.util.Optional;

/**
 * Where the text with the master keys is kept, for the server's user alone. Blocks for the disk.
 */
public interface MasterKeyStorage {
  /**
   * The text, empty if there is none yet.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if it cannot be read, or by
   *     others too
   */
  Optional<String> read();

  /** Replaces the text, whole or not at all; it is durable when this returns. */
  void write(String text);
}
