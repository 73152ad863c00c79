/** What callers may spend on language models, and what they have spent. */
@NullMarked
package io.omnirun.core.llm;

import org.jspecify.annotations.NullMarked;
