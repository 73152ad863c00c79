/**
 * What is said in OpenAI's Chat Completions, said in Anthropic's Messages, and the other way.
 *
 * <p>Nothing here does I/O. A request that cannot be said in the other protocol without meaning
 * something else is refused with INVALID_REQUEST, naming the field; what is only a hint, or has no
 * counterpart that matters, is dropped: the class that drops it says so. A provider's answer is
 * distrusted: fields that are missing or of a wrong type are skipped, and an answer of which
 * nothing is left is LLM_UPSTREAM_FAILED. What comes out may share parts with what went in: whoever
 * changes one of them copies it first.
 */
@NullMarked
package io.omnirun.llm.anthropic;

import org.jspecify.annotations.NullMarked;
