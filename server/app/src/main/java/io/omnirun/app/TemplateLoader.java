package io.omnirun.app;

import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.images.TemplateCatalog;
import java.util.List;

/** Turns the template folder into what the use cases know of templates. */
final class TemplateLoader {
  private TemplateLoader() {}

  static Templates load(TemplateCatalog catalog, ServerConfig config) {
    if (config.enabledTemplates().isEmpty()) {
      return new Templates(
          catalog.all().stream().map(definition -> template(definition, config)).toList());
    }
    List<Template> enabled =
        config.enabledTemplates().stream()
            .map(name -> catalog.find(name).orElseThrow(() -> unknown(name)))
            .map(definition -> template(definition, config))
            .toList();
    return new Templates(enabled);
  }

  private static Template template(io.omnirun.images.Template definition, ServerConfig config) {
    return new Template(
        definition.name(),
        definition.aliases(),
        definition.sizes(),
        definition.defaultTimeout(),
        definition.env(),
        config.poolSize(definition.name()));
  }

  private static io.omnirun.model.OmniRunException unknown(String name) {
    return ServerConfig.invalid(
        ConfigKey.TEMPLATES_ENABLED.key(), "names " + name + ", which is not in the folder");
  }
}
