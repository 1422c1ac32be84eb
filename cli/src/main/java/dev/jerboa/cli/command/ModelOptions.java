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

    @Option(
            names = "--expert-cache",
            paramLabel = "BYTES",
            description = {
                "memory for the experts of a mixture, such as 16GiB; those that do not fit are read from the file as tokens need them",
                "(default: what the machine has left)"
            })
    @Nullable
    String expertCache;

    OpenOptions options() {
        String type = cacheType;
        String experts = expertCache;
        return Arguments.checked(() -> {
            OpenOptions options = OpenOptions.defaults()
                    .withThreads(threads)
                    .withContextLength(context)
                    .withCacheTokens(cacheTokens);
            options = experts == null ? options : options.withExpertCacheBytes(Sizes.parse("--expert-cache", experts));
            return type == null ? options : options.withCacheType(CacheType.named(type));
        });
    }
}
