package io.omnirun.images;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The templates of a directory, by name and alias. Immutable. */
public final class TemplateCatalog {
  private final List<Template> templates;
  private final Map<String, Template> byName = new LinkedHashMap<>();

  private TemplateCatalog(List<Template> templates) {
    this.templates = List.copyOf(templates);
    for (Template template : templates) {
      claim(template.name(), template);
      template.aliases().forEach(alias -> claim(alias, template));
    }
  }

  /**
   * Reads every folder of a directory that does not begin with a dot and is no part as a template,
   * and the {@code template.yaml} in it. Nothing is half loaded: the first mistake ends it.
   *
   * @throws OmniRunException TEMPLATE_INVALID that names the file and the key; also if there is no
   *     template, or two claim one name
   */
  public static TemplateCatalog load(Path directory) {
    List<Template> templates = folders(directory).stream().map(TemplateParser::parse).toList();
    if (templates.isEmpty()) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID, "there is no template in " + directory.getFileName());
    }
    return new TemplateCatalog(templates);
  }

  /** The template of that name or alias. */
  public Optional<Template> find(String nameOrAlias) {
    return Optional.ofNullable(byName.get(nameOrAlias));
  }

  /** All templates, ordered by name. */
  public List<Template> all() {
    return templates;
  }

  private void claim(String name, Template template) {
    Template other = byName.putIfAbsent(name, template);
    if (other != null) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID,
          "%s/%s: aliases must be unique: \"%s\" is also a name of %s"
              .formatted(template.name(), TemplateParser.FILE_NAME, name, other.name()));
    }
  }

  private static List<Path> folders(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(Files::isDirectory)
          .filter(entry -> !entry.getFileName().toString().startsWith("."))
          .filter(entry -> !Files.exists(entry.resolve(PartReader.FILE_NAME)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID, "the directory of templates cannot be read: " + e, e);
    }
  }
}
