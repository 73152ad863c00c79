@NullMarked
package io.omnirun.core.llm;

import org.jspecify.annotations.NullMarked;
