@NullMarked
package io.omnirun.testkit.llm;

import org.jspecify.annotations.NullMarked;
