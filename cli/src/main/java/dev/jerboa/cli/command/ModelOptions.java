package dev.jerboa.cli.command;

import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.kernel.ops.CacheType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The model and how it is opened: options that several commands share. */
final class ModelOptions {
    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    int threads;

    @Option(
            names = "--context",
            paramLabel = "N",
            description =
                    "tokens of a conversation (default: the model's, at most " + OpenOptions.DEFAULT_CONTEXT + ")")
    int context;

    @Option(names = "--cache-tokens", paramLabel = "N", hidden = true)
    int cacheTokens;

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "elements of the cache: f32, f16, bf16 or q8_0 (default: what the kernels compute with best)")
    @Nullable
    String cacheType;

    OpenOptions options() {
        String type = cacheType;
        return Arguments.checked(() -> {
            OpenOptions options = OpenOptions.defaults()
                    .withThreads(threads)
                    .withContextLength(context)
                    .withCacheTokens(cacheTokens);
            return type == null ? options : options.withCacheType(CacheType.named(type));
        });
    }
}
