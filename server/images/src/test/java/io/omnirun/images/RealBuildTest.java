package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real kernels and root file systems, from the network, made by the user omnirun in a user
 * namespace.
 */
class RealBuildTest {
  private static final String TEMPLATE =
      TemplateFolder.MINIMAL
          + """
          packages: [procps]
          users: [{name: user, uid: 1000}]
          files: [{path: /opt/its/x, mode: "4750", owner: "user:mail", content: "hello"}]
          commands:
            - touch /root/made
            - |
              id --user --name >/root/who
              pwd >>/root/who
          """;

  private final ProcessRunner runner = new ProcessRunner();

  @TempDir Path directory;
  private Path cache;
  private Path agent;

  @BeforeEach
  void layOut() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root becomes omnirun");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mmdebstrap")), "needs mmdebstrap");
    assumeTrue(Files.readString(Path.of("/etc/subuid")).contains("omnirun:"), "needs omnirun");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    cache = Files.createDirectory(directory.resolve("cache"));
    agent = Files.writeString(directory.resolve("agent"), "the agent");
    runner.run(Program.quick("chown", "omnirun:", cache.toString()));
  }

  @Test
  void anUnprivilegedBuildMakesAnImageWithTheRightOwners() throws Exception {
    String output = build(TEMPLATE);

    assertThat(output).contains("done: command #2 `id --user --name >/root/who…`");
    Path kernel = onlyEntry(cache.resolve("kernels"));
    assertThat(kernel.resolve("vmlinuz")).isNotEmptyFile();
    assertThat(kernel.resolve("initrd")).isNotEmptyFile();
    Path images = onlyEntry(cache.resolve("images"));
    assertThat(entries(images)).extracting(Path::getFileName).containsExactly(Path.of("base.img"));
    String image = images.resolve("base.img").toString();
    runner.run(Program.quick("e2fsck", "-f", "-n", image));
    assertThat(inImage(image, "stat /opt/its/x"))
        .contains("Mode:  04750")
        .containsPattern("User: +1000 +Group: +8 ");
    assertThat(inImage(image, "stat /home/user")).containsPattern("User: +1000 +Group: +1000 ");
    assertThat(inImage(image, "stat /usr/bin/ps")).containsPattern("User: +0 +Group: +0 ");
    assertThat(inImage(image, "cat /root/who")).contains("root\n/");
    assertThat(inImage(image, "stat /etc/machine-id")).contains("Size: 0");
    assertThat(inImage(image, "stat /etc/resolv.conf")).contains("Size: 0");
    assertThat(inImage(image, "cat /etc/hostname")).endsWith("localhost");
    assertThat(inImage(image, "ls /")).doesNotContain("omnirun-build");
    assertThat(inImage(image, "ls /proc").lines().filter(line -> line.contains("cmdline")))
        .isEmpty();
  }

  @Test
  @Tag("long")
  void aFailingCommandIsNamedAndLeavesNothing() throws Exception {
    String output =
        build(TemplateFolder.MINIMAL + "commands: ['true', 'echo so sad; false; true']\n");

    assertThat(output)
        .contains("step \"command #2 `echo so sad; false; true`\" failed")
        .contains("so sad");
    assertThat(entries(cache.resolve("images"))).isEmpty();
  }

  @Test
  @Tag("long")
  void aKilledBuildLeavesNoProcessAndNothingBehindTheNextBuild() throws Exception {
    Process build = start(TemplateFolder.MINIMAL + "commands: ['sleep 98765']\n");
    try (BufferedReader output = build.inputReader()) {
      assertThat(output.lines().anyMatch("step: command #1 `sleep 98765`"::equals)).isTrue();
      List<ProcessHandle> children = build.descendants().toList();
      build.destroyForcibly().waitFor();
      children.forEach(child -> child.onExit().join());
    }
    assertThat(ProcessHandle.allProcesses())
        .noneMatch(process -> process.info().commandLine().orElse("").contains("sleep 98765"));
    assertThat(entries(cache.resolve("images"))).hasSize(1);

    build(TemplateFolder.MINIMAL);

    assertThat(onlyEntry(cache.resolve("images")).resolve("base.img")).exists();
  }

  private String build(String yaml) throws IOException {
    Process build = start(yaml);
    try (BufferedReader output = build.inputReader()) {
      return String.join("\n", output.lines().toList());
    }
  }

  private Process start(String yaml) throws IOException {
    Path templates = directory.resolve("templates");
    TemplateFolder.write(templates, "test", yaml);
    Path libraries = Files.createTempDirectory(directory, "libraries");
    Files.setPosixFilePermissions(libraries, PosixFilePermissions.fromString("rwxr-xr-x"));
    return ChildJvm.asOmnirun(
            libraries,
            BuildTemplates.class,
            List.of(cache.toString(), agent.toString(), templates.toString(), "test"))
        .start();
  }

  private String inImage(String image, String request) throws ProgramFailedException {
    return String.join("\n", runner.run(Program.quick("debugfs", "-R", request, image)));
  }

  private static Path onlyEntry(Path shelf) throws IOException {
    List<Path> entries = entries(shelf);
    assertThat(entries).hasSize(1);
    return entries.getFirst();
  }

  private static List<Path> entries(Path shelf) throws IOException {
    try (Stream<Path> entries = Files.list(shelf)) {
      return entries.filter(entry -> !entry.endsWith(".lock")).toList();
    }
  }
}
