/** Tests with real programs, files and processes. */
@NullMarked
package io.omnirun.images;

import org.jspecify.annotations.NullMarked;
