package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeSecretTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path stateDir;

  @Test
  void secretIsMadeOnceForTheOwnerAlone() throws IOException {
    byte[] secret = NodeSecret.loadOrCreate(stateDir);
    assertThat(secret).hasSize(32);
    assertThat(NodeSecret.loadOrCreate(stateDir)).isEqualTo(secret);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(stateDir.resolve("node.secret"))))
        .isEqualTo("rw-------");
  }

  @Test
  void halfOfASecretThatAKilledStartLeftIsNotUsed() throws IOException {
    Files.write(stateDir.resolve("node.secret.new"), new byte[5]);
    assertThat(NodeSecret.loadOrCreate(stateDir)).hasSize(32);
    assertThat(stateDir.resolve("node.secret.new")).doesNotExist();
  }

  @Test
  void lostSecretIsNotReplacedWhileSomethingIsPausedUnderIt() throws IOException {
    Files.createDirectories(stateDir.resolve("paused/m-1"));
    assertThatThrownBy(() -> NodeSecret.loadOrCreate(stateDir))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID))
        .hasMessageContaining("put it back");
    assertThat(stateDir.resolve("node.secret")).doesNotExist();
  }
}
