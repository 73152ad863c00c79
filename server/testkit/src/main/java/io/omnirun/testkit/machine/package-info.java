/** What every driver of machines does, as tests that each driver runs. */
@NullMarked
package io.omnirun.testkit.machine;

import org.jspecify.annotations.NullMarked;
