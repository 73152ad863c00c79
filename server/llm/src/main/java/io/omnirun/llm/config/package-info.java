/** Which models are served, by whom, and what they cost. */
@NullMarked
package io.omnirun.llm.config;

import org.jspecify.annotations.NullMarked;
