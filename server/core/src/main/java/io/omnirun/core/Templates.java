package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The templates this node serves, by name and by alias. Immutable. */
public final class Templates {
  private final List<Template> templates;
  private final Map<String, Template> byName = new LinkedHashMap<>();

  /**
   * @throws OmniRunException TEMPLATE_INVALID if two templates claim one name
   */
  public Templates(List<Template> templates) {
    this.templates = List.copyOf(templates);
    for (Template template : templates) {
      claim(template.name(), template);
      template.aliases().forEach(alias -> claim(alias, template));
    }
  }

  private void claim(String name, Template template) {
    Template other = byName.putIfAbsent(name, template);
    if (other != null) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID,
          "the templates %s and %s both claim the name %s"
              .formatted(other.name(), template.name(), name));
    }
  }

  /**
   * @throws OmniRunException TEMPLATE_NOT_FOUND with the names there are
   */
  public Template find(String nameOrAlias) {
    Template template = byName.get(nameOrAlias);
    if (template == null) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_NOT_FOUND,
          "there is no such template; this server has " + String.join(", ", names()));
    }
    return template;
  }

  /** Every template, in the order given. */
  public List<Template> all() {
    return templates;
  }

  /** All names and aliases. */
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }
}
