package io.omnirun.app;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By what id a state directory knows its sandboxes in the database: made at first start, then kept.
 * It is no name that people give, for two servers of one host or of one configuration must differ.
 */
final class NodeIdFile {
  private NodeIdFile() {}

  /**
   * @throws OmniRunException CONFIGURATION_INVALID if what is there is no node id
   */
  static NodeId loadOrCreate(Path stateDir) throws IOException {
    Path file = stateDir.resolve("node.id");
    if (Files.exists(file)) {
      return read(file);
    }
    NodeId id = NodeId.random();
    OwnerOnlyFile.write(file, id.value().getBytes(StandardCharsets.US_ASCII));
    return id;
  }

  private static NodeId read(Path file) throws IOException {
    try {
      return new NodeId(Files.readString(file, StandardCharsets.ISO_8859_1).strip());
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          file + " is damaged: restore it, or this node's sandboxes are lost to it",
          e);
    }
  }
}
