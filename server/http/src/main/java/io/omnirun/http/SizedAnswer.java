package io.omnirun.http;

import java.util.Map;

/**
 * The head of an answer whose length is known.
 *
 * @param headers of this answer alone: if it becomes an error they are not sent
 */
public record SizedAnswer(
    int status, String contentType, long lengthBytes, Map<String, String> headers) {}
