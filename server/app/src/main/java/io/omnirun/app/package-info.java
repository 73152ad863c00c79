/** Configuration, wiring and the command line: the only place that names implementations. */
@NullMarked
package io.omnirun.app;

import org.jspecify.annotations.NullMarked;
