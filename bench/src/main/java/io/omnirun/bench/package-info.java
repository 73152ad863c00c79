/** The figures of SPECIFICATION.md, measured over the public API on a whole server. */
@NullMarked
package io.omnirun.bench;

import org.jspecify.annotations.NullMarked;
