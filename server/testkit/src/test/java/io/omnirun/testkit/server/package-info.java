@NullMarked
package io.omnirun.testkit.server;

import org.jspecify.annotations.NullMarked;
