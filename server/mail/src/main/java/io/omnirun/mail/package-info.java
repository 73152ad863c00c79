/** Sends mails by SMTP, or puts them into a directory where there is no server for them. */
@NullMarked
package io.omnirun.mail;

import org.jspecify.annotations.NullMarked;
