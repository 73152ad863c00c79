@NullMarked
package io.omnirun.machine.seal;

import org.jspecify.annotations.NullMarked;
