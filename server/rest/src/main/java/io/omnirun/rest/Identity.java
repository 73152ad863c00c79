package io.omnirun.rest;

import io.omnirun.core.Accounts;
import io.omnirun.core.Authenticator;
import io.omnirun.core.Tokens;
import io.omnirun.core.signin.SignIn;

/** What tells callers apart. */
public record Identity(
    Authenticator authenticator,
    Accounts accounts,
    Tokens tokens,
    SignIn signIn,
    PublicAddress address) {}
