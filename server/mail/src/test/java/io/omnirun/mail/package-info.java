@NullMarked
package io.omnirun.mail;

import org.jspecify.annotations.NullMarked;
