@NullMarked
package io.omnirun.core.signin;

import org.jspecify.annotations.NullMarked;
