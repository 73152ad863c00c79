/** OpenAI's Chat Completions protocol: what callers send, and what of an answer must be known. */
@NullMarked
package io.omnirun.llm.openai;

import org.jspecify.annotations.NullMarked;
