/**
 * A fake provider of language models, for tests and benchmarks: it speaks OpenAI's and Anthropic's
 * protocols, well or badly, as the name of the model says. No model is behind it.
 */
@NullMarked
package io.omnirun.testkit.llm;

import org.jspecify.annotations.NullMarked;
