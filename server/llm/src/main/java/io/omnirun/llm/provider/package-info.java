/** Calls providers of models: which, in which order, and for how long. */
@NullMarked
package io.omnirun.llm.provider;

import org.jspecify.annotations.NullMarked;
