/** Programs that tests run beside the JVM, and what these take. */
@NullMarked
package io.omnirun.testkit.program;

import org.jspecify.annotations.NullMarked;
