package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.ops.CacheType;

/** A model that is measured, which nobody else runs meanwhile, and how its cache is written. */
public record Subject(StepModel model, CacheType cacheType) {}
