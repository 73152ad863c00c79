@NullMarked
package io.omnirun.testkit.postgres;

import org.jspecify.annotations.NullMarked;
