/** What the use cases need from the world: each interface is implemented by one adapter module. */
@NullMarked
package io.omnirun.core.ports;

import org.jspecify.annotations.NullMarked;
