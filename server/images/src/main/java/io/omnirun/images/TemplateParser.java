package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Reads a folder's {@code template.yaml} and the files beside it that it names. Strict: a key that
 * is not known, a value of another type or out of its bounds is a TEMPLATE_INVALID.
 */
final class TemplateParser {
  static final String FILE_NAME = "template.yaml";

  /** A definition is written by hand; a larger file is a mistake. */
  private static final int MAX_FILE_BYTES = 512 * 1024;

  /**
   * Files come with the definition, in memory; anything larger belongs into a package or a
   * download.
   */
  private static final int MAX_SOURCE_BYTES = 4 * 1024 * 1024;

  private static final int MAX_ALIASES = 20;
  private static final int MAX_PACKAGES = 500;
  private static final int MAX_FILES = 100;
  private static final int MAX_COMMANDS = 100;
  private static final int MAX_VARIABLES = 100;
  private static final int MAX_USERS = 20;

  /** Each size class is a golden snapshot, and so its memory on the host's disk. */
  private static final int MAX_SIZES = 8;

  private static final int MAX_VCPUS = 64;
  private static final int MIN_MEMORY_MIB = 128;
  private static final int MAX_MEMORY_MIB = 256 * 1024;
  private static final int MIN_DISK_MIB = 64;
  private static final int MAX_DISK_MIB = 1024 * 1024;
  private static final int MAX_TIMEOUT_SECONDS = 30 * 24 * 60 * 60;

  /**
   * Below are the system's own users; above, ids that 16-bit tools and Debian's reserved range trip
   * over.
   */
  private static final int MIN_UID = 1000;

  private static final int MAX_UID = 59_999;

  private static final ObjectMapper YAML =
      new YAMLMapper(new YAMLFactory())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path folder;
  private final String displayName;

  private TemplateParser(Path folder) {
    this.folder = folder;
    this.displayName = folder.getFileName() + "/" + FILE_NAME;
  }

  /** Reads one template. */
  static Template parse(Path folder) {
    return new TemplateParser(folder).parse();
  }

  private Template parse() {
    YamlMapping yaml = new YamlMapping(displayName, "", readYaml());
    Template template =
        new Template(
            readName(yaml),
            yaml.texts("aliases", MAX_ALIASES, TextRule.ALIAS),
            yaml.text("description", TextRule.DESCRIPTION),
            yaml.text("base", TextRule.SUITE),
            yaml.texts("packages", MAX_PACKAGES, TextRule.PACKAGE),
            yaml.mappings("files", MAX_FILES, this::readFile),
            yaml.texts("commands", MAX_COMMANDS, TextRule.COMMAND),
            yaml.textMap(
                "env", MAX_VARIABLES, TextRule.ENVIRONMENT_NAME, TextRule.ENVIRONMENT_VALUE),
            yaml.mappings("users", MAX_USERS, TemplateParser::readUser),
            readSizes(yaml, yaml.integer("diskMib", MIN_DISK_MIB, MAX_DISK_MIB)),
            yaml.texts("warmUp", MAX_COMMANDS, TextRule.COMMAND),
            yaml.optionalText("startCommand", TextRule.COMMAND),
            Duration.ofSeconds(yaml.integer("defaultTimeoutSeconds", 1, MAX_TIMEOUT_SECONDS)));
    yaml.refuseOtherKeys();
    return template;
  }

  private String readName(YamlMapping yaml) {
    String name = yaml.text("name", TextRule.NAME);
    if (!name.equals(folder.getFileName().toString())) {
      throw yaml.invalid("name", "the name of its folder, " + folder.getFileName());
    }
    return name;
  }

  private TemplateFile readFile(YamlMapping file) {
    String path = file.text("path", TextRule.ABSOLUTE_PATH);
    String mode = file.optionalText("mode", TextRule.MODE).orElse("0644");
    String owner = file.optionalText("owner", TextRule.OWNER).orElse("root:root");
    Optional<String> content = file.optionalText("content", TextRule.FILE_TEXT);
    Optional<String> source = file.optionalText("source", TextRule.FILE_NAME);
    if (content.isPresent() == source.isPresent()) {
      throw file.invalid("", "given either content or source");
    }
    byte[] bytes =
        content
            .map(text -> text.getBytes(UTF_8))
            .orElseGet(() -> readSource(file, source.orElseThrow()));
    return new TemplateFile(path, Integer.parseInt(mode, 8), owner, FileContent.of(bytes));
  }

  private byte[] readSource(YamlMapping file, String fileName) {
    Path source = folder.resolve(fileName);
    if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
      throw file.invalid("source", "the name of a file beside " + FILE_NAME);
    }
    try {
      return readBounded(source, MAX_SOURCE_BYTES);
    } catch (IOException e) {
      throw unreadable(folder.getFileName() + "/" + fileName, e);
    }
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

  private static List<SizeClass> readSizes(YamlMapping yaml, int diskMib) {
    List<SizeClass> sizes =
        yaml.mappings(
            "sizes",
            MAX_SIZES,
            size ->
                new SizeClass(
                    size.integer("vcpus", 1, MAX_VCPUS),
                    size.integer("memoryMib", MIN_MEMORY_MIB, MAX_MEMORY_MIB),
                    diskMib));
    if (sizes.isEmpty() || sizes.stream().distinct().count() != sizes.size()) {
      throw yaml.invalid("sizes", "a list of at least one size, without doubles");
    }
    return sizes;
  }

  private JsonNode readYaml() {
    try {
      return YAML.readTree(readBounded(folder.resolve(FILE_NAME), MAX_FILE_BYTES));
    } catch (JacksonException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID,
          "%s is not YAML: %s".formatted(displayName, e.getMessage()),
          e);
    } catch (IOException e) {
      throw unreadable(displayName, e);
    }
  }

  private static byte[] readBounded(Path file, int maxBytes) throws IOException {
    try (var input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException("it has more than " + maxBytes + " bytes");
      }
      return bytes;
    }
  }

  private static OmniRunException unreadable(String fileName, IOException cause) {
    return new OmniRunException(
        ErrorCode.TEMPLATE_INVALID, "%s cannot be read: %s".formatted(fileName, cause), cause);
  }
}
