package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the keys that parts and templates share, and the files beside them that they name. */
final class PartReader {
  static final String FILE_NAME = "part.yaml";

  private static final int MAX_PACKAGES = 500;
  private static final int MAX_FILES = 100;
  private static final int MAX_COMMANDS = 100;
  private static final int MAX_VARIABLES = 100;
  private static final int MAX_USERS = 20;

  /**
   * Below are the system's own users; above, ids that 16-bit tools and Debian's reserved range trip
   * over.
   */
  private static final int MIN_UID = 1000;

  private static final int MAX_UID = 59_999;

  private final Path folder;

  private PartReader(Path folder) {
    this.folder = folder;
  }

  /** Reads a folder's {@code part.yaml}; any mistake is a TEMPLATE_INVALID. */
  static TemplatePart parse(Path folder) {
    YamlMapping yaml = DefinitionFile.read(folder, FILE_NAME);
    TemplatePart part = read(folder, yaml);
    yaml.refuseOtherKeys();
    return part;
  }

  /** Reads a part's keys out of a definition that may have others. */
  static TemplatePart read(Path folder, YamlMapping yaml) {
    PartReader reader = new PartReader(folder);
    return new TemplatePart(
        yaml.texts("packages", MAX_PACKAGES, TextRule.PACKAGE),
        yaml.mappings("files", MAX_FILES, reader::readFiles).stream()
            .flatMap(List::stream)
            .toList(),
        yaml.texts("commands", MAX_COMMANDS, TextRule.COMMAND),
        yaml.textMap("env", MAX_VARIABLES, TextRule.ENVIRONMENT_NAME, TextRule.ENVIRONMENT_VALUE),
        yaml.mappings("users", MAX_USERS, PartReader::readUser),
        yaml.texts("warmUp", MAX_COMMANDS, TextRule.COMMAND),
        yaml.optionalText("startCommand", TextRule.COMMAND),
        yaml.optionalText("readyCommand", TextRule.COMMAND));
  }

  private List<TemplateFile> readFiles(YamlMapping file) {
    String path = file.text("path", TextRule.ABSOLUTE_PATH);
    int mode = Integer.parseInt(file.optionalText("mode", TextRule.MODE).orElse("0644"), 8);
    String owner = file.optionalText("owner", TextRule.OWNER).orElse("root:root");
    Optional<FileContent> content =
        file.optionalText("content", TextRule.FILE_TEXT)
            .map(text -> FileContent.of(text.getBytes(UTF_8)));
    Optional<String> source = file.optionalText("source", TextRule.FILE_NAME);
    Optional<String> sources = file.optionalText("folder", TextRule.RELATIVE_PATH);
    if (Stream.of(content, source, sources).filter(Optional::isPresent).count() != 1) {
      throw file.invalid("", "given one of content, source and folder");
    }
    if (sources.isPresent()) {
      return readFolder(file, folder.resolve(sources.get()).normalize()).stream()
          .map(
              each ->
                  new TemplateFile(
                      path + "/" + each.getFileName(), mode, owner, DefinitionFile.content(each)))
          .toList();
    }
    return List.of(
        new TemplateFile(
            path, mode, owner, content.orElseGet(() -> readSource(file, source.orElseThrow()))));
  }

  /** The files of a folder, and not what lies in folders in it. */
  private static List<Path> readFolder(YamlMapping file, Path sources) {
    try (Stream<Path> entries = Files.list(sources)) {
      List<Path> files =
          entries
              .filter(entry -> Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS))
              .filter(entry -> TextRule.FILE_NAME.accepts(entry.getFileName().toString()))
              .sorted()
              .limit(MAX_FILES + 1L)
              .toList();
      if (!files.isEmpty() && files.size() <= MAX_FILES) {
        return files;
      }
    } catch (IOException e) {
      throw file.invalid("folder", "a folder that can be read: " + e);
    }
    throw file.invalid("folder", "a folder of 1 to " + MAX_FILES + " files");
  }

  private FileContent readSource(YamlMapping file, String fileName) {
    Path source = folder.resolve(fileName);
    if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
      throw file.invalid("source", "the name of a file beside " + TemplateParser.FILE_NAME);
    }
    return DefinitionFile.content(source);
  }

  private static TemplateUser readUser(YamlMapping user) {
    String name = user.text("name", TextRule.USER);
    return new TemplateUser(
        name,
        user.integer("uid", MIN_UID, MAX_UID),
        user.optionalText("home", TextRule.ABSOLUTE_PATH).orElse("/home/" + name),
        user.optionalText("shell", TextRule.ABSOLUTE_PATH).orElse("/bin/bash"),
        user.flag("passwordlessSudo", false));
  }
}
