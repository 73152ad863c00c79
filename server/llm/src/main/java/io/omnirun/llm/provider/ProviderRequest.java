package io.omnirun.llm.provider;

import java.util.Map;

/**
 * What is sent to a provider.
 *
 * @param path behind the provider's url, with a slash at its beginning
 * @param headers beside those that every request has
 */
public record ProviderRequest(String path, byte[] body, Map<String, String> headers) {}
