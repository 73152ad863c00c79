package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateParserTest {
  @TempDir Path directory;

  @Test
  void everyKeyArrivesInTheTemplate() throws IOException {
    Path folder =
        TemplateFolder.write(
            directory,
            "full",
            """
            aliases: ["python-3.11", other]
            description: everything
            base: bookworm
            packages: [bash, g++, python3.11-venv]
            files:
              - {path: /etc/motd, mode: "0600", owner: "user:user", content: "hello\\n"}
              - {path: /usr/local/bin/tool, mode: "0755", source: tool.sh}
            commands: ["echo one", "echo two"]
            env: {LANG: C.UTF-8}
            users: [{name: user, uid: 1000, passwordlessSudo: true}]
            sizes: [{vcpus: 2, memoryMib: 512}, {vcpus: 2, memoryMib: 512, diskMib: 8192}]
            diskMib: 4096
            warmUp: ["true"]
            startCommand: sleep infinity
            readyCommand: pgrep sleep
            defaultTimeoutSeconds: 300
            """);
    Files.writeString(folder.resolve("tool.sh"), "#!/bin/sh\n");

    Template template = TemplateParser.parse(folder);

    assertThat(template.name()).isEqualTo("full");
    assertThat(template.aliases()).containsExactly("python-3.11", "other");
    assertThat(template.packages()).containsExactly("bash", "g++", "python3.11-venv");
    assertThat(template.files())
        .containsExactly(
            new TemplateFile("/etc/motd", 0600, "user:user", content("hello\n")),
            new TemplateFile("/usr/local/bin/tool", 0755, "root:root", content("#!/bin/sh\n")));
    assertThat(template.commands()).containsExactly("echo one", "echo two");
    assertThat(template.env()).containsEntry("LANG", "C.UTF-8");
    assertThat(template.users())
        .containsExactly(new TemplateUser("user", 1000, "/home/user", "/bin/bash", true));
    assertThat(template.defaultSize()).isEqualTo(new SizeClass(2, 512, 4096));
    assertThat(template.sizes())
        .containsExactly(new SizeClass(2, 512, 4096), new SizeClass(2, 512, 8192));
    assertThat(template.warmUp()).containsExactly("true");
    assertThat(template.startCommand()).contains("sleep infinity");
    assertThat(template.readyCommand()).contains("pgrep sleep");
    assertThat(template.defaultTimeout()).isEqualTo(Duration.ofMinutes(5));
  }

  /** Each case adds or replaces one line of a minimal template. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "unknown: 1                              | unknown must be left out: there is no such key",
        "aliases: python                         | aliases must be a list of at most 20 items",
        "aliases: [3.11]                         | aliases[0] must be a text (in quotes",
        "aliases: [Upper]                        | aliases[0] must be lower-case letters",
        "packages: [bash, 'a,b']                 | packages[1] must be the name of a Debian package",
        "packages: ['--help']                    | packages[0] must be the name of a Debian package",
        "packages: [bash-]                       | packages[0] must be the name of a Debian package",
        "commands: ['']                          | commands[0] must be a command",
        "commands: [{run: x}]                    | commands[0] must be a text",
        "env: [A]                                | env must be a mapping of at most 100 keys",
        "env: {A: 1}                             | env.A must be a text (in quotes",
        "env: {'A=B': x}                         | env.A=B must be named with the name of an environment",
        "users: [{uid: 1000}]                    | users[0].name must be given: the name of a Linux user",
        "users: [{name: u, uid: 0}]              | users[0].uid must be a whole number from 1000 to",
        "users: [{name: u, uid: 1000, sudo: 1}]  | users[0].sudo must be left out",
        "users: [{name: u, uid: 1000, passwordlessSudo: 1}] | passwordlessSudo must be true or false",
        "files: [{path: etc/x, content: y}]      | files[0].path must be an absolute path",
        "files: [{path: /etc/../x, content: y}]  | files[0].path must be an absolute path",
        "files: [{path: '/a b', content: y}]     | files[0].path must be an absolute path",
        "files: [{path: /x, content: y, mode: 0644}] | files[0].mode must be a text",
        "files: [{path: /x, content: y, mode: '999'}] | files[0].mode must be four octal digits",
        "files: [{path: /x}]                     | files[0] must be given one of content, source and folder",
        "files: [{path: /x, content: y, source: z}] | files[0] must be given one of content, source and folder",
        "files: [{path: /x, folder: missing}]    | files[0].folder must be a folder that can be read",
        "files: [{path: /x, folder: /etc}]       | files[0].folder must be the path of a folder from",
        "files: [{path: /x, folder: a/../b}]     | files[0].folder must be the path of a folder from",
        "files: [{path: /x, folder: empty}]      | files[0].folder must be a folder of 1 to 100 files",
        "include: other                          | include must be a list of at most 10 items",
        "include: [../other]                     | include[0] must be lower-case letters",
        "include: [other]                        | include must be names of folders with a part.yaml; other is",
        "files: [{path: /x, source: missing}]    | files[0].source must be the name of a file beside",
        "files: [{path: /x, source: ../x}]       | files[0].source must be the name of a file beside",
        "files: [{path: /x, source: link}]       | files[0].source must be the name of a file beside",
        "startCommand: 5                         | startCommand must be a text",
        "readyCommand: ['true']                  | readyCommand must be a text",
        "diskMib: 1.5                            | diskMib must be a whole number from 64 to",
        "diskMib: 12345678901                    | diskMib must be a whole number from 64 to",
        "diskMib: '4096'                         | diskMib must be a whole number from 64 to",
        "sizes: []                               | sizes must be a list of at least one size",
        "sizes: [{vcpus: 1}]                     | sizes[0].memoryMib must be given: a whole number",
        "sizes: [{vcpus: 0, memoryMib: 512}]     | sizes[0].vcpus must be a whole number from 1 to",
        "sizes: [{vcpus: 1, memoryMib: 512, diskMib: 1}] | sizes[0].diskMib must be a whole number from 64 to",
        "base: Bookworm                          | base must be the name of a Debian release",
        "base: http://x                          | base must be the name of a Debian release",
        "defaultTimeoutSeconds: 0                | defaultTimeoutSeconds must be a whole number from 1",
        "warmUp: {a: b}                          | warmUp must be a list of at most 100 items",
        "description: ''                         | description must be one line",
      })
  void aMistakeIsAnErrorWithFileKeyAndWhatIsAllowed(String line, String message)
      throws IOException {
    String key = line.substring(0, line.indexOf(':'));
    String others = TemplateFolder.MINIMAL.replaceAll("(?m)^" + key + ":.*\n", "");
    Path folder = TemplateFolder.write(directory, "bad", others + line + "\n");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("template.yaml"));
    Files.createDirectory(folder.resolve("empty"));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(folder))
        .withMessageStartingWith("bad/template.yaml: ")
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TEMPLATE_INVALID));
  }

  @Test
  void partsComeBeforeTheTemplatesOwnKeysInTheirOrder() throws IOException {
    writePart(
        "one",
        """
        packages: [bash, curl]
        commands: [echo one]
        env: {A: one, B: one}
        warmUp: [warm one]
        startCommand: start one
        readyCommand: ready one
        """);
    writePart(
        "two", "packages: [git]\ncommands: [echo two]\nenv: {A: two}\nstartCommand: start two\n");
    Path folder =
        TemplateFolder.write(
            directory,
            "own",
            TemplateFolder.MINIMAL
                + "include: [one, two]\npackages: [bash, vim]\ncommands: [echo own]\nenv: {C: own}\n");

    Template template = TemplateParser.parse(folder);

    assertThat(template.packages()).containsExactly("bash", "curl", "git", "vim");
    assertThat(template.commands()).containsExactly("echo one", "echo two", "echo own");
    assertThat(template.env()).isEqualTo(Map.of("A", "two", "B", "one", "C", "own"));
    assertThat(template.warmUp()).containsExactly("warm one");
    assertThat(template.startCommand()).contains("start two");
    assertThat(template.readyCommand()).contains("ready one");
  }

  @Test
  void aPartHasNoKeysOfATemplate() throws IOException {
    writePart("part", "diskMib: 64\n");
    Path folder =
        TemplateFolder.write(directory, "own", TemplateFolder.MINIMAL + "include: [part]\n");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(folder))
        .withMessageStartingWith("part/part.yaml: diskMib must be left out");
  }

  @Test
  void theFilesOfAFolderArePutIntoOne() throws IOException {
    Path sources = Files.createDirectories(directory.resolve("code/package"));
    Files.writeString(sources.resolve("b.py"), "b");
    Files.writeString(sources.resolve("a.js"), "a");
    Files.createDirectory(sources.resolve("__pycache__"));
    Files.createSymbolicLink(sources.resolve("link.py"), Path.of("b.py"));
    Path folder =
        TemplateFolder.write(
            directory,
            "own",
            TemplateFolder.MINIMAL + "files: [{path: /usr/lib/x, folder: ../code/package}]\n");

    assertThat(TemplateParser.parse(folder).files())
        .containsExactly(
            new TemplateFile("/usr/lib/x/a.js", 0644, "root:root", content("a")),
            new TemplateFile("/usr/lib/x/b.py", 0644, "root:root", content("b")));
  }

  private void writePart(String name, String lines) throws IOException {
    Files.writeString(Files.createDirectories(directory.resolve(name)).resolve("part.yaml"), lines);
  }

  @ParameterizedTest
  @CsvSource({"description", "base", "sizes", "diskMib", "defaultTimeoutSeconds"})
  void aKeyThatIsNeededIsAskedFor(String key) throws IOException {
    String others = TemplateFolder.MINIMAL.replaceAll("(?m)^" + key + ":.*\n", "");
    Path folder = TemplateFolder.write(directory, "bad", others);

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(folder))
        .withMessageContaining("bad/template.yaml: " + key + " must be");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "packages: [            | is not YAML",
        "base: again            | Duplicate",
        "--- {}                 | is not YAML",
      })
  void whatIsNotOneYamlDocumentIsRefused(String line, String message) throws IOException {
    Path folder = TemplateFolder.write(directory, "bad", TemplateFolder.MINIMAL + line + "\n");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(folder))
        .withMessageContaining(message);
  }

  @Test
  void aFileThatIsTooLargeIsNotReadWhole() throws IOException {
    String comment = "# " + "x".repeat(600 * 1024) + "\n";
    Path folder = TemplateFolder.write(directory, "bad", TemplateFolder.MINIMAL + comment);

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(folder))
        .withMessageContaining("more than 524288 bytes");
  }

  @Test
  void theNameMustBeThatOfTheFolder() throws IOException {
    Path folder = TemplateFolder.write(directory, "one", TemplateFolder.MINIMAL);
    Path renamed = Files.move(folder, directory.resolve("two"));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateParser.parse(renamed))
        .withMessageContaining("two/template.yaml: name must be the name of its folder, two");
  }

  private static FileContent content(String text) {
    return FileContent.of(text.getBytes(UTF_8));
  }
}
