package io.omnirun.rest;

import io.omnirun.http.Html;
import io.omnirun.model.EmailAddress;

/** The pages on which people sign in, with no script and nothing from elsewhere. */
final class SignInHtml {
  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>OmniRun</title>
      <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem }
      button, input { font: inherit; padding: .4rem .8rem }
      </style>
      </head>
      <body>
      <h1>OmniRun</h1>
      %s
      </body>
      </html>
      """;

  private SignInHtml() {}

  static String button(EmailAddress email, String link) {
    return PAGE.formatted(
        """
        <p>Sign in as <b>%s</b>?</p>
        <form method="post" action="/auth/link">
        <input type="hidden" name="t" value="%s">
        <button>Sign in</button>
        </form>
        """
            .formatted(Html.escaped(email.value()), Html.escaped(link)));
  }

  static String secondFactor(String challenge) {
    return PAGE.formatted(
        """
        <form method="post" action="/auth/link/code">
        <input type="hidden" name="challenge" value="%s">
        <p><label>Code of your authenticator app
        <input name="code" inputmode="numeric" autocomplete="one-time-code" autofocus></label></p>
        <button>Sign in</button>
        </form>
        """
            .formatted(Html.escaped(challenge)));
  }

  static String welcome() {
    return PAGE.formatted("<p>You are signed in.</p>");
  }

  static String refusal(String why) {
    return PAGE.formatted("<p>" + Html.escaped(why) + "</p>");
  }
}
