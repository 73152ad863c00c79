package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdFileTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path stateDir;

  @Test
  void stateDirectoryKeepsItsId() throws IOException {
    NodeId id = NodeIdFile.loadOrCreate(stateDir);
    assertThat(NodeIdFile.loadOrCreate(stateDir)).isEqualTo(id);
  }

  @Test
  void stateDirectoriesDiffer() throws IOException {
    Path other = Files.createDirectory(stateDir.resolve("other"));
    assertThat(NodeIdFile.loadOrCreate(other)).isNotEqualTo(NodeIdFile.loadOrCreate(stateDir));
  }

  @Test
  void halfOfAnIdThatAKilledStartLeftIsNotUsed() throws IOException {
    Files.writeString(stateDir.resolve("node.id.new"), "n-abc");
    NodeId id = NodeIdFile.loadOrCreate(stateDir);
    assertThat(stateDir.resolve("node.id.new")).doesNotExist();
    assertThat(NodeIdFile.loadOrCreate(stateDir)).isEqualTo(id);
  }

  @Test
  void damagedIdStopsTheStart() throws IOException {
    Files.writeString(stateDir.resolve("node.id"), "localhost");
    assertThatThrownBy(() -> NodeIdFile.loadOrCreate(stateDir))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID));
  }
}
