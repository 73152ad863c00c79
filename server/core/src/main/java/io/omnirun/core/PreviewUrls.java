package io.omnirun.core;

import io.omnirun.model.Exposure;
import java.util.OptionalInt;

/**
 * How the web names exposures: {@code https://<slug>.<domain>[:port]}. Immutable.
 *
 * @param scheme {@code http} or {@code https}
 * @param domain below which every exposure has a name, in lower case
 * @param port empty: the scheme's own
 */
public record PreviewUrls(String scheme, String domain, OptionalInt port) {
  /** The name of an exposure's host. */
  public String hostname(Exposure exposure) {
    return exposure.slug() + "." + domain;
  }

  /** Where people begin. */
  public String url(Exposure exposure) {
    String authority = hostname(exposure);
    return scheme
        + "://"
        + (port.isPresent() ? authority + ":" + port.getAsInt() : authority)
        + exposure.openPath();
  }

  /** The same with what opens a private one: part of the query, so before any fragment. */
  public String accessUrl(Exposure exposure, String token) {
    String url = url(exposure);
    int fragment = url.indexOf('#');
    String page = fragment < 0 ? url : url.substring(0, fragment);
    String rest = fragment < 0 ? "" : url.substring(fragment);
    return page + (page.indexOf('?') < 0 ? "?token=" : "&token=") + token + rest;
  }
}
