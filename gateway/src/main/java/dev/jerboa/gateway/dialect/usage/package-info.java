/**
 * What replies say was used, in each dialect's counts, as disjoint buckets; and what they say it cost, in whole nano-dollars.
 *
 * <pre>
 * OpenAI      cached ⊂ prompt, written ⊂ prompt; reasoning ⊂ completion (xAI, Gemini: beside it, as their total shows)
 * Anthropic   input, cache read, cache creation (of which for an hour) are disjoint; reasoning is within output
 * DeepSeek    hit + miss = prompt
 * Ollama      prompt and reply, no caches
 * beside      Anthropic, OpenRouter: usage.server_tool_use; Anthropic: usage.service_tier, usage.speed; OpenAI: service_tier of the reply,
 *             web_search_call and file_search_call among the items of a response
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.usage;

import org.jspecify.annotations.NullMarked;
