package io.omnirun.core.signin;

import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.model.EmailAddress;

/**
 * What people are written. Nothing of it comes from a caller but the address, which can end no
 * line.
 *
 * @param publicUrl where browsers reach this server, without a slash at its end
 */
record SignInMails(String publicUrl) {
  Mail code(EmailAddress to, String code, String link) {
    return new Mail(
        to,
        "Sign in to OmniRun",
        """
        Your code to sign in to OmniRun is

            %s

        or open this page and press its button:

            %s/auth/link?t=%s

        Both are good for ten minutes, and once. If you did not ask for them, somebody typed your
        address; do not pass them on, and nothing will happen.
        """
            .formatted(code, publicUrl, link));
  }
}
