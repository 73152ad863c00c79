/** Reads what callers send, and refuses what makes no sense. */
@NullMarked
package io.omnirun.llm.request;

import org.jspecify.annotations.NullMarked;
