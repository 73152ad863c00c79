package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateCatalogTest {
  @TempDir Path directory;

  @Test
  void templatesAreFoundByNameAndAlias() throws IOException {
    TemplateFolder.write(directory, "one", TemplateFolder.MINIMAL + "aliases: [first]\n");
    TemplateFolder.write(directory, "two", TemplateFolder.MINIMAL);
    Files.createDirectory(directory.resolve(".hidden"));
    Path part = Files.createDirectory(directory.resolve("part"));
    Files.writeString(part.resolve("part.yaml"), "packages: [bash]\n");

    TemplateCatalog catalog = TemplateCatalog.load(directory);

    assertThat(catalog.all()).extracting(Template::name).containsExactly("one", "two");
    assertThat(catalog.find("first")).isEqualTo(catalog.find("one")).isPresent();
    assertThat(catalog.find("third")).isEmpty();
  }

  @Test
  void twoTemplatesCannotShareAName() throws IOException {
    TemplateFolder.write(directory, "one", TemplateFolder.MINIMAL);
    TemplateFolder.write(directory, "two", TemplateFolder.MINIMAL + "aliases: [one]\n");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateCatalog.load(directory))
        .withMessageContaining("\"one\" is also a name of one");
  }

  @Test
  void aDirectoryWithoutTemplatesIsRefused() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> TemplateCatalog.load(directory))
        .withMessageContaining("no template");
  }

  @Test
  void theBuiltInTemplatesAreValid() {
    TemplateCatalog catalog = TemplateCatalog.load(Path.of("../../templates"));

    assertThat(catalog.find("python-3.11").map(Template::name)).contains("playground");
    assertThat(catalog.find("code-interpreter-v1").map(Template::name))
        .contains("code-interpreter");
    assertThat(catalog.find("base")).isPresent();
    assertThat(catalog.all())
        .allSatisfy(
            template ->
                assertThat(template.users())
                    .extracting(TemplateUser::name, TemplateUser::uid)
                    .contains(org.assertj.core.groups.Tuple.tuple("user", 1000)));
  }
}
