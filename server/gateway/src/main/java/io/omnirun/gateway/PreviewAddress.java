package io.omnirun.gateway;

import io.omnirun.model.PreviewName;

/**
 * What a request's host name means.
 *
 * @param authority as the browser has it, in lower case and without a trailing dot, with its port
 * @param port what follows the name: empty, or a colon and the browser's port
 * @param spelling whose clients spell it so
 */
record PreviewAddress(PreviewName name, String authority, String port, Spelling spelling) {
  /** Whose order and statuses a host name asks for. */
  enum Spelling {
    /** {@code sb_…-3000.domain} and slugs. */
    OURS,
    /** {@code 3000-sb….domain}. */
    E2B
  }
}
