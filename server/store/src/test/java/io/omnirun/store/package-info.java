@NullMarked
package io.omnirun.store;

import org.jspecify.annotations.NullMarked;
