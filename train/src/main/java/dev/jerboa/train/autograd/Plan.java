package dev.jerboa.train.autograd;

import dev.jerboa.train.autograd.Layout.Demand;
import dev.jerboa.train.autograd.Layout.Kind;
import dev.jerboa.train.autograd.Layout.Span;
import dev.jerboa.train.autograd.Recorded.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a pass over a tape, and from when to when each of them needs which table.
 *
 * <pre>
 * forward:  every operation
 * backward: blocks from the last to the first: forward again of what its backward needs and nobody kept → backward in reverse
 * </pre>
 *
 * <p>Kept is what is read after its block has ended but for the forward of others; all the rest of a block has two lives, one in each
 * forward. The last block is not computed again: nothing comes between its forward and its backward that would use its memory.
 */
final class Plan {
    /** How a step runs its operation. */
    enum Way {
        FORWARD,
        AGAIN,
        BACKWARD
    }

    /** One operation, one way. */
    record Step(int op, Way way) {}

    private static final int NONE = -1;

    private final List<Recorded> ops;
    private final List<Step> steps = new ArrayList<>();
    /** Steps by operation; forward's are the operation's own number. */
    private final int[] againAt;

    private final int[] backwardAt;

    /** @param derivatives whether passes have a backward half */
    Plan(List<Recorded> ops, boolean derivatives) {
        this.ops = ops;
        this.againAt = new int[ops.size()];
        this.backwardAt = new int[ops.size()];
        Arrays.fill(againAt, NONE);
        Arrays.fill(backwardAt, NONE);
        for (int i = 0; i < ops.size(); i++) {
            steps.add(new Step(i, Way.FORWARD));
        }
        if (derivatives) {
            backward(again());
        }
    }

    private void backward(boolean[] again) {
        for (int i = ops.size() - 1; i >= 0; i--) {
            Block block = block(i);
            if (block != null && (i == ops.size() - 1 || !block.equals(block(i + 1)))) {
                repeat(i, block, again);
            }
            backwardAt[i] = steps.size();
            steps.add(new Step(i, Way.BACKWARD));
        }
    }

    /** All steps; as many first ones as there are operations are a pass without derivatives. */
    List<Step> steps() {
        return steps;
    }

    private @Nullable Block block(int op) {
        return ops.get(op).block();
    }

    private void repeat(int last, Block block, boolean[] again) {
        int first = last;
        while (first > 0 && block.equals(block(first - 1))) {
            first--;
        }
        for (int i = first; i <= last; i++) {
            if (again[i]) {
                againAt[i] = steps.size();
                steps.add(new Step(i, Way.AGAIN));
            }
        }
    }

    /** Which operations are computed again. A tensor's readers come after its maker, so that those are known. */
    private boolean[] again() {
        boolean[] again = new boolean[ops.size()];
        Block last = null;
        for (int i = ops.size() - 1; i >= 0; i--) {
            Recorded recorded = ops.get(i);
            Block block = recorded.block();
            last = last == null ? block : last;
            if (block == null || block.equals(last) || !block.parts().include(recorded.repeat())) {
                continue;
            }
            boolean needed = recorded.leavesTables();
            for (Tensor out : recorded.outputs()) {
                needed |= needed(out, block, again) && !kept(out, block, again);
            }
            again[i] = needed;
        }
        return again;
    }

    /** Whether its block's backward, or what that has computed again, reads a tensor. */
    private boolean needed(Tensor tensor, Block block, boolean[] again) {
        return tensor.recalled()
                || tensor.readers().stream()
                        .anyMatch(reader ->
                                Objects.equals(block, block(reader.op())) && (reader.recalls() || again[reader.op()]));
    }

    /** Whether a tensor must outlive the forward of its block. */
    private boolean kept(Tensor tensor, @Nullable Block block, boolean[] again) {
        return tensor.kept()
                || tensor.readers().stream()
                        .anyMatch(reader ->
                                !Objects.equals(block, block(reader.op())) && (reader.recalls() || again[reader.op()]));
    }

    /** What is needed when. */
    List<Demand> demands() {
        List<Demand> demands = new ArrayList<>();
        for (int i = 0; i < ops.size(); i++) {
            for (Tensor out : ops.get(i).outputs()) {
                demands.add(new Demand(Kind.VALUE, out.values(), value(out, i)));
                if (out.used() && backwardAt[i] != NONE) {
                    Span span = new Span(backwardAt[out.lastReader()], backwardAt[i]);
                    demands.add(new Demand(Kind.GRADIENT, out.gradients(), List.of(span)));
                }
            }
            for (Table table : ops.get(i).tables()) {
                if (table.use() != Table.Use.BACKWARD || backwardAt[i] != NONE) {
                    demands.add(new Demand(Kind.TABLE, table, table(table, i)));
                }
            }
        }
        return demands;
    }

    private List<Span> value(Tensor tensor, int maker) {
        int again = againAt[maker];
        int forward = maker;
        int first = again == NONE ? Integer.MAX_VALUE : again;
        int last = again;
        if (tensor.recalled()) {
            last = Math.max(last, backwardAt[maker]);
        }
        for (Input reader : tensor.readers()) {
            forward = Math.max(forward, reader.op());
            if (againAt[reader.op()] != NONE) {
                first = Math.min(first, againAt[reader.op()]);
                last = Math.max(last, againAt[reader.op()]);
            }
            if (reader.recalls() && backwardAt[reader.op()] != NONE) {
                first = Math.min(first, backwardAt[reader.op()]);
                last = Math.max(last, backwardAt[reader.op()]);
            }
        }
        if (tensor.kept()) {
            return List.of(new Span(maker, steps.size())); // past the end
        }
        if (last == NONE) {
            return List.of(new Span(maker, forward));
        }
        return again != NONE && first == again
                ? List.of(new Span(maker, forward), new Span(again, last))
                : List.of(new Span(maker, last));
    }

    private List<Span> table(Table table, int op) {
        Span forward = new Span(op, op);
        Span backward = new Span(backwardAt[op], backwardAt[op]);
        int again = againAt[op];
        return switch (table.use()) {
            case FORWARD -> again == NONE ? List.of(forward) : List.of(forward, new Span(again, again));
            case BACKWARD -> List.of(backward);
            case BOTH ->
                again == NONE
                        ? List.of(new Span(op, Math.max(op, backwardAt[op])))
                        : List.of(forward, new Span(again, backwardAt[op]));
        };
    }
}
