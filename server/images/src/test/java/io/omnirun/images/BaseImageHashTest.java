package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaseImageHashTest {
  private static final String ALL_INPUTS =
      """
      description: a test
      sizes: [{vcpus: 1, memoryMib: 256}]
      diskMib: 1024
      defaultTimeoutSeconds: 300
      base: bookworm
      packages: [bash, less]
      files: [{path: /etc/motd, mode: "0644", owner: root, content: hello}]
      commands: [first, second]
      users: [{name: user, uid: 1000, home: /home/user, shell: /bin/sh, passwordlessSudo: true}]
      """;

  @TempDir Path directory;

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "base: bookworm  | base: trixie",
        "bash, less      | bash",
        "bash, less      | less, bash",
        "/etc/motd       | /etc/issue",
        "0644            | 0600",
        "owner: root     | owner: user",
        "content: hello  | content: hell",
        "first, second   | second, first",
        "first, second   | first second",
        "name: user      | name: other",
        "uid: 1000       | uid: 1001",
        "/home/user      | /home/other",
        "shell: /bin/sh  | shell: /bin/bash",
        "passwordlessSudo: true | passwordlessSudo: false",
      })
  void everyInputChangesTheHash(String before, String after) throws IOException {
    assertThat(hash(ALL_INPUTS.replace(before, after))).isNotEqualTo(hash(ALL_INPUTS));
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {"a test | another", "1024 | 2048", "256 | 512", "300 | 301"})
  void whatIsNotInTheImageDoesNot(String before, String after) throws IOException {
    assertThat(hash(ALL_INPUTS.replace(before, after))).isEqualTo(hash(ALL_INPUTS));
  }

  @Test
  void theHashIsANameTheLauncherTakes() throws IOException {
    assertThat(hash(ALL_INPUTS)).matches("[a-f0-9]{16,64}");
  }

  @Test
  void fieldsDoNotRunIntoEachOther() {
    assertThat(new InputHash("x").add("a", "bc").hex())
        .isNotEqualTo(new InputHash("x").add("ab", "c").hex());
  }

  @Test
  void aFileCountsByItsContent() throws IOException {
    Path one = Files.writeString(directory.resolve("one"), "same");
    Path two = Files.writeString(directory.resolve("two"), "same");
    Path three = Files.writeString(directory.resolve("three"), "other");

    assertThat(contentHash(one)).isEqualTo(contentHash(two)).isNotEqualTo(contentHash(three));
  }

  private static String contentHash(Path file) throws IOException {
    return new InputHash("x").addContent("file", file).hex();
  }

  private String hash(String yaml) throws IOException {
    Path folder = TemplateFolder.write(directory, "test", yaml);
    return RootFileSystemBuilder.hash(TemplateParser.parse(folder));
  }
}
