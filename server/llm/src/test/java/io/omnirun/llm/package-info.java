@NullMarked
package io.omnirun.llm;

import org.jspecify.annotations.NullMarked;
