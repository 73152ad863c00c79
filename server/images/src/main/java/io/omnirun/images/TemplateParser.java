package io.omnirun.images;

import io.omnirun.model.SizeClass;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Reads a folder's {@code template.yaml}, the parts that it includes and the files beside them that
 * they name. Strict: a key that is not known, a value of another type or out of its bounds is a
 * TEMPLATE_INVALID.
 */
final class TemplateParser {
  static final String FILE_NAME = "template.yaml";

  private static final int MAX_ALIASES = 20;
  private static final int MAX_INCLUDES = 10;

  /** Each size class is a golden snapshot, and so its memory on the host's disk. */
  private static final int MAX_SIZES = 8;

  private static final int MAX_VCPUS = 64;
  private static final int MIN_MEMORY_MIB = 128;
  private static final int MAX_MEMORY_MIB = 256 * 1024;
  private static final int MIN_DISK_MIB = 64;
  private static final int MAX_DISK_MIB = 1024 * 1024;
  private static final int MAX_TIMEOUT_SECONDS = 30 * 24 * 60 * 60;

  private final Path folder;

  private TemplateParser(Path folder) {
    this.folder = folder;
  }

  /** Reads one template. */
  static Template parse(Path folder) {
    return new TemplateParser(folder).parse();
  }

  private Template parse() {
    YamlMapping yaml = DefinitionFile.read(folder, FILE_NAME);
    TemplatePart part = readParts(yaml);
    Template template =
        new Template(
            readName(yaml),
            yaml.texts("aliases", MAX_ALIASES, TextRule.ALIAS),
            yaml.text("description", TextRule.DESCRIPTION),
            yaml.text("base", TextRule.SUITE),
            part.packages(),
            part.files(),
            part.commands(),
            part.env(),
            part.users(),
            readSizes(yaml, yaml.integer("diskMib", MIN_DISK_MIB, MAX_DISK_MIB)),
            part.warmUp(),
            part.startCommand(),
            part.readyCommand(),
            Duration.ofSeconds(yaml.integer("defaultTimeoutSeconds", 1, MAX_TIMEOUT_SECONDS)));
    yaml.refuseOtherKeys();
    return template;
  }

  /** The parts in their order, the template's own keys on top. */
  private TemplatePart readParts(YamlMapping yaml) {
    List<String> names = yaml.texts("include", MAX_INCLUDES, TextRule.NAME);
    TemplatePart own = PartReader.read(folder, yaml);
    return names.stream()
        .map(name -> readPart(yaml, name))
        .reduce(TemplatePart::with)
        .map(parts -> parts.with(own))
        .orElse(own);
  }

  private TemplatePart readPart(YamlMapping yaml, String name) {
    Path part = folder.resolveSibling(name);
    if (!Files.isRegularFile(part.resolve(PartReader.FILE_NAME), LinkOption.NOFOLLOW_LINKS)) {
      throw yaml.invalid(
          "include", "names of folders with a " + PartReader.FILE_NAME + "; " + name + " is none");
    }
    return PartReader.parse(part);
  }

  private String readName(YamlMapping yaml) {
    String name = yaml.text("name", TextRule.NAME);
    if (!name.equals(folder.getFileName().toString())) {
      throw yaml.invalid("name", "the name of its folder, " + folder.getFileName());
    }
    return name;
  }

  /**
   * @param diskMib of sizes that name none
   */
  private static List<SizeClass> readSizes(YamlMapping yaml, int diskMib) {
    List<SizeClass> sizes =
        yaml.mappings(
            "sizes",
            MAX_SIZES,
            size ->
                new SizeClass(
                    size.integer("vcpus", 1, MAX_VCPUS),
                    size.integer("memoryMib", MIN_MEMORY_MIB, MAX_MEMORY_MIB),
                    size.optionalInteger("diskMib", MIN_DISK_MIB, MAX_DISK_MIB).orElse(diskMib)));
    if (sizes.isEmpty() || sizes.stream().distinct().count() != sizes.size()) {
      throw yaml.invalid("sizes", "a list of at least one size, without doubles");
    }
    return sizes;
  }
}
