/** Language models for programs that speak OpenAI's or Anthropic's protocol: metered, bounded. */
@NullMarked
package io.omnirun.llm;

import org.jspecify.annotations.NullMarked;
