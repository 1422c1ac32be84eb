package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.AttentionShape;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the selections of a decoder's layers in their order, sharing what layers can share. */
final class Selections {
    private final DecoderSpec model;
    private final WeightReader reader;
    private final Scratch scratch;
    private final Function<RotarySpec, RotaryTables> rotary;
    private final Map<SelectionSpec, Chosen> known = new HashMap<>();
    private final Map<Attended, SparseAttention> attentions = new HashMap<>();
    private @Nullable Choice last;

    private record Chosen(Choice choice, IndexScores scores) {}

    private record Attended(Choice choice, AttentionShape shape) {}

    Selections(DecoderSpec model, WeightReader reader, Scratch scratch, Function<RotarySpec, RotaryTables> rotary) {
        this.model = model;
        this.reader = reader;
        this.scratch = scratch;
        this.rotary = rotary;
    }

    /** That of a layer with latent attention. */
    Selecting of(SelectionSpec spec, AttentionSpec.Latent attention, int layer) {
        return of(spec, attention.shape(), attention.queryRank(), layer);
    }

    /** That of a layer with grouped-query attention of a shape. */
    Selecting of(SelectionSpec spec, AttentionShape shape, int layer) {
        return of(spec, shape, 0, layer);
    }

    private Selecting of(SelectionSpec spec, AttentionShape shape, int queryRank, int layer) {
        return switch (spec) {
            case SelectionSpec.Lightning s -> {
                Chosen chosen = chosen(s, 1, 1, s.top(), s.heads());
                RotaryTables tables = rotary.apply(s.rotary());
                yield selecting(
                        new Indexer(s, queryRank, layer, model, reader, tables, scratch, chosen.choice, chosen.scores),
                        chosen.choice,
                        shape);
            }
            case SelectionSpec.Pools s -> {
                Chosen chosen = known.computeIfAbsent(
                        spec,
                        p -> new Chosen(
                                Choice.ofPools(scratch.maxTokens(), s.every(), s.top()),
                                new IndexScores(scratch.workers(), 1, s.heads(), reader.arena())));
                yield selecting(
                        new Indexer(s, queryRank, layer, model, reader, scratch, chosen.choice, chosen.scores),
                        chosen.choice,
                        shape);
            }
            case SelectionSpec.Blocks s -> {
                Chosen chosen = chosen(s, s.heads(), s.size(), s.top(), s.heads());
                RotaryTables tables = rotary.apply(s.rotary());
                yield selecting(
                        new Indexer(s, layer, model, reader, tables, scratch, chosen.choice, chosen.scores),
                        chosen.choice,
                        shape);
            }
            case SelectionSpec.Shared _ -> {
                Choice choice = last;
                if (choice == null) {
                    throw new IllegalArgumentException(
                            "layer " + layer + " shares the positions of a layer before it, of which none selects any");
                }
                yield selecting(null, choice, shape);
            }
        };
    }

    private Chosen chosen(SelectionSpec spec, int selections, int size, int top, int heads) {
        return known.computeIfAbsent(
                spec,
                s -> new Chosen(
                        new Choice(scratch.maxTokens(), selections, size, top),
                        new IndexScores(scratch.workers(), selections, heads, reader.arena())));
    }

    private Selecting selecting(@Nullable Indexer indexer, Choice choice, AttentionShape shape) {
        last = choice;
        return new Selecting(
                indexer,
                attentions.computeIfAbsent(
                        new Attended(choice, shape), a -> new SparseAttention(reader.ops(), choice, shape, scratch)));
    }
}
