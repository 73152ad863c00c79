package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.model.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageRecipesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @Test
  void startAndReadyCommandAreRootsWithTheTemplatesVariables() throws IOException {
    GoldenRecipe recipe =
        recipe(
            """
            env: {LANG: C.UTF-8}
            warmUp: ["true"]
            startCommand: sleep infinity
            readyCommand: pgrep sleep
            """);
    assertThat(recipe.warmUp()).containsExactly("true");
    assertThat(recipe.startCommand()).contains(command("sleep infinity"));
    assertThat(recipe.readyCommand()).contains(command("pgrep sleep"));
  }

  private static Command command(String line) {
    return new Command(line, "root", Optional.empty(), Map.of("LANG", "C.UTF-8"), Optional.empty());
  }

  @Test
  void templateWithoutStartCommandStartsNone() throws IOException {
    assertThat(recipe("").startCommand()).isEmpty();
  }

  private GoldenRecipe recipe(String lines) throws IOException {
    Path folder = TemplateFolder.write(directory, "test", TemplateFolder.MINIMAL + lines);
    Template template = TemplateParser.parse(folder);
    return ImageRecipes.recipe(template, template.defaultSize(), "kernel", "image");
  }
}
