/** How people sign in: codes and links from mails, and a second factor. */
@NullMarked
package io.omnirun.core.signin;

import org.jspecify.annotations.NullMarked;
