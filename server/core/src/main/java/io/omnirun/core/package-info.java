/** The use cases: what OmniRun does, without knowing how machines, databases or HTTP work. */
@NullMarked
package io.omnirun.core;

import org.jspecify.annotations.NullMarked;
