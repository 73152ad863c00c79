package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitramfsTest {
  private record Entry(CpioArchiveEntry header, String content) {}

  @TempDir Path directory;

  @Test
  void theArchiveHoldsAgentModulesAndTheirOrder() throws IOException {
    Map<String, Entry> entries = read(write("initrd"));

    assertThat(entries.keySet())
        .containsExactly(
            "dev",
            "proc",
            "sys",
            "run",
            "modules",
            "dev/console",
            "init",
            "modules/b.ko",
            "modules/a.ko",
            "modules.list");
    assertThat(entry(entries, "init").content()).isEqualTo("the agent");
    assertThat(entry(entries, "init").header().getMode()).isEqualTo(0100755);
    assertThat(entry(entries, "modules/b.ko").content()).isEqualTo("module b");
    assertThat(entry(entries, "modules.list").content())
        .isEqualTo("/modules/b.ko\n/modules/a.ko\n");
  }

  @Test
  void theConsoleIsTheDeviceOfLinux() throws IOException {
    CpioArchiveEntry console = entry(read(write("initrd")), "dev/console").header();

    assertThat(console.isCharacterDevice()).isTrue();
    assertThat(console.getRemoteDeviceMaj()).isEqualTo(5);
    assertThat(console.getRemoteDeviceMin()).isEqualTo(1);
  }

  @Test
  void everythingBelongsToRoot() throws IOException {
    assertThat(read(write("initrd")).values())
        .allSatisfy(entry -> assertThat(entry.header().getUID()).isZero())
        .allSatisfy(entry -> assertThat(entry.header().getGID()).isZero());
  }

  @Test
  void equalInputsMakeEqualBytes() throws IOException {
    assertThat(write("one")).hasSameBinaryContentAs(write("two"));
  }

  private Path write(String name) throws IOException {
    Path agent = Files.writeString(directory.resolve("agent"), "the agent");
    Path moduleA = Files.writeString(directory.resolve("a.ko"), "module a");
    Path moduleB = Files.writeString(directory.resolve("b.ko"), "module b");
    Path target = directory.resolve(name);
    Initramfs.write(target, agent, List.of(moduleB, moduleA));
    return target;
  }

  private static Entry entry(Map<String, Entry> entries, String name) {
    Entry entry = entries.get(name);
    assertThat(entry).as(name).isNotNull();
    return java.util.Objects.requireNonNull(entry);
  }

  private static Map<String, Entry> read(Path archive) throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (InputStream file = Files.newInputStream(archive);
        CpioArchiveInputStream cpio = new CpioArchiveInputStream(file)) {
      for (CpioArchiveEntry header = cpio.getNextEntry();
          header != null;
          header = cpio.getNextEntry()) {
        entries.put(header.getName(), new Entry(header, new String(cpio.readAllBytes(), UTF_8)));
      }
    }
    return entries;
  }
}
