/** Programs of this repository that tests run beside the JVM. */
@NullMarked
package io.omnirun.testkit.program;

import org.jspecify.annotations.NullMarked;
