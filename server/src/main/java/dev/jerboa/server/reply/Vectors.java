package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.schedule.Pooling;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.ClientWatch;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Vectors of texts, as several dialects ask for them. */
public final class Vectors {
    private Vectors() {}

    /** How states are pooled, by name. */
    public static Pooling pooling(String name) {
        return switch (name) {
            case "mean" -> Pooling.MEAN;
            case "last" -> Pooling.LAST;
            default -> throw HttpError.field("pooling", "expected mean or last, found '" + name + "'");
        };
    }

    /** A text's tokens, with what the model wants before and after it. */
    public static int[] tokens(LanguageModel model, String text, String field) {
        int[] ids = model.prompt(text).ids();
        if (ids.length == 0) {
            throw HttpError.field(field, "a text has no tokens");
        }
        return ids;
    }

    /**
     * Vectors of length 1.
     *
     * @throws ClientGoneException where the client has gone away
     * @param dimensions how many of the first dimensions are kept, or null for all
     */
    public static List<float[]> of(
            Models.Target target, List<int[]> texts, Pooling pooling, @Nullable Integer dimensions) {
        LanguageModel model = target.served().model();
        List<CompletableFuture<float[]>> futures = new ArrayList<>();
        try {
            for (int[] text : texts) {
                futures.add(model.embed(text, target.adaptation(), pooling));
            }
            return await(futures, dimensions);
        } catch (IllegalArgumentException e) {
            throw HttpError.field("input", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the model failed: " + e.getMessage(), e);
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    private static List<float[]> await(List<CompletableFuture<float[]>> futures, @Nullable Integer dimensions)
            throws InterruptedException, ExecutionException {
        try (ClientWatch ignored = ClientWatch.begin(() -> futures.forEach(future -> future.cancel(true)))) {
            List<float[]> vectors = new ArrayList<>();
            for (CompletableFuture<float[]> future : futures) {
                vectors.add(unit(future.get(), dimensions));
            }
            return vectors;
        } catch (CancellationException e) {
            throw new ClientGoneException("the client went away before its vectors were there");
        }
    }

    private static float[] unit(float[] vector, @Nullable Integer dimensions) {
        float[] kept = vector;
        if (dimensions != null) {
            if (dimensions > vector.length) {
                throw HttpError.field(
                        "dimensions", "expected at most the model's " + vector.length + ", found " + dimensions);
            }
            kept = Arrays.copyOf(vector, dimensions);
        }
        double squares = 0;
        for (float x : kept) {
            squares += (double) x * x;
        }
        double scale = squares == 0 ? 1 : 1 / Math.sqrt(squares);
        for (int i = 0; i < kept.length; i++) {
            kept[i] = (float) (kept[i] * scale);
        }
        return kept;
    }

    /** A vector as a JSON list. */
    public static List<Object> list(float[] vector) {
        List<Object> list = new ArrayList<>(vector.length);
        for (float x : vector) {
            list.add((double) x);
        }
        return list;
    }
}
