package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleTreeTest {
  private final ProcessRunner runner = new ProcessRunner();

  @TempDir Path directory;

  @BeforeEach
  void writeTree() throws IOException {
    ModuleFile.write(directory.resolve("kernel/virtio_ring.ko"), "virtio_ring", "");
    ModuleFile.write(directory.resolve("kernel/virtio.ko"), "virtio", "virtio_ring");
    ModuleFile.write(directory.resolve("kernel/net/failover.ko"), "failover", "");
    ModuleFile.write(directory.resolve("kernel/net/net_failover.ko"), "net_failover", "failover");
    ModuleFile.write(
        directory.resolve("kernel/net/virtio_net.ko"), "virtio_net", "net_failover,virtio,ext4");
    ModuleFile.write(directory.resolve("kernel/virtio-rng.ko"), "virtio_rng", "rng-core,virtio");
    Files.write(
        directory.resolve("modules.builtin"),
        List.of("kernel/fs/ext4.ko", "kernel/drivers/rng-core.ko"));
  }

  @Test
  void everyModuleComesAfterWhatItNeeds() throws Exception {
    assertThat(order("virtio_net", "virtio_rng"))
        .containsExactly(
            "failover", "net_failover", "virtio_ring", "virtio", "virtio_net", "virtio_rng");
  }

  @Test
  void aBuiltInModuleIsLeftOut() throws Exception {
    assertThat(order("ext4")).isEmpty();
  }

  @Test
  void aCompressedModuleIsUnpacked() throws Exception {
    Path module = directory.resolve("kernel/virtio_ring.ko");
    runner.run(Program.quick("xz", "--", module.toString()));
    assertThat(module).doesNotExist();

    assertThat(order("virtio")).containsExactly("virtio_ring", "virtio");
    assertThat(module).exists();
  }

  @Test
  void aMissingModuleIsNamed() {
    assertThatIOException()
        .isThrownBy(() -> order("overlay"))
        .withMessage("the kernel package has no module overlay");
  }

  @Test
  void aCircleIsAnErrorAndNoEndlessLoop() throws IOException {
    ModuleFile.write(directory.resolve("a.ko"), "a", "b");
    ModuleFile.write(directory.resolve("b.ko"), "b", "a");

    assertThatIOException().isThrownBy(() -> order("a")).withMessageContaining("depends on itself");
  }

  @Test
  void aFileThatIsNoModuleIsRefused() throws IOException {
    Files.writeString(directory.resolve("junk.ko"), "\u007fELF and nothing behind it");

    assertThatIOException()
        .isThrownBy(() -> order("junk"))
        .withMessage("junk.ko is not a kernel module we can read");
  }

  private List<String> order(String... wanted) throws IOException, ProgramFailedException {
    return ModuleTree.of(directory, runner).insertionOrder(List.of(wanted)).stream()
        .map(KernelModule::name)
        .toList();
  }
}
