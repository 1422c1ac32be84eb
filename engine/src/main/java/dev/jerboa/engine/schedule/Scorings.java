package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Texts whose tokens are scored, several in a step, between the steps of those that write. What a text begins with is taken over where
 * it is known, and waited for where another of them is computing it: so of a question with several answers, and of examples before many
 * questions, the beginning is computed once. A score depends on the tokens before it alone. One thread.
 */
final class Scorings {
    /** Bytes of logits that a step makes at most. */
    private static final long LOGIT_BYTES = 64L << 20;

    private static final int LEAST_ROWS = 16;

    /** Positions that are worth waiting for. */
    private static final int LEAST_AWAITED = 8;

    /** Waiting texts that are looked at for a step. */
    private static final int LOOKED_AT = 64;

    private final StepModel model;
    private final KvCache cache;
    private final Team team;
    private final Choosing[] choosing;
    private final Counters counters;
    private final int mostRows;
    private final List<Scoring> waiting = new ArrayList<>();
    private final List<Scoring> running = new ArrayList<>();
    private final List<Scoring> planned = new ArrayList<>();
    private final List<Scoring> ended = new ArrayList<>();
    private @Nullable FloatRows logits;
    private final Team.Job score = this::score;

    Scorings(StepModel model, KvCache cache, Team team, Choosing[] choosing, Counters counters) {
        this.model = model;
        this.cache = cache;
        this.team = team;
        this.choosing = choosing;
        this.counters = counters;
        long rows = LOGIT_BYTES / ((long) model.vocabularySize() * Float.BYTES);
        this.mostRows = (int) Math.clamp(rows, LEAST_ROWS, Math.max(LEAST_ROWS, model.maxStepTokens()));
    }

    boolean isEmpty() {
        return waiting.isEmpty() && running.isEmpty();
    }

    void add(Scoring scoring) {
        waiting.add(scoring);
    }

    /** Ends all without scores. */
    void fail(RuntimeException cause) {
        for (List<Scoring> all : List.of(running, waiting)) {
            for (Scoring scoring : all) {
                scoring.release();
                scoring.outcome().completeExceptionally(cause);
            }
            all.clear();
        }
    }

    /** Computes at most {@code most} tokens. */
    void step(int most) {
        dropCancelled();
        admit(most);
        plan(most);
        if (planned.isEmpty()) {
            return; // no pages for them now
        }
        logits = model.run(cache.layers());
        team.run(score);
        settle();
    }

    private void dropCancelled() {
        waiting.removeIf(scoring -> scoring.outcome().isDone());
        running.removeIf(scoring -> {
            if (scoring.outcome().isDone()) {
                scoring.release();
                return true;
            }
            return false;
        });
    }

    private void admit(int most) {
        int work = running.stream().mapToInt(Scoring::remaining).sum();
        int looked = 0;
        for (Iterator<Scoring> each = waiting.iterator();
                each.hasNext() && work < most && looked < LOOKED_AT;
                looked++) {
            Scoring scoring = each.next();
            if (awaits(scoring)) {
                continue;
            }
            if (!scoring.begin(cache)) {
                return;
            }
            each.remove();
            running.add(scoring);
            counters.shared(scoring.sequence().length());
            work += scoring.remaining();
        }
    }

    /** Whether another is about to compute a part of it. */
    private boolean awaits(Scoring scoring) {
        for (Scoring other : running) {
            int common = cache.takenOver(scoring.common(other));
            int toCome = common - other.sequence().length();
            if (other.remaining() >= LEAST_AWAITED && toCome >= LEAST_AWAITED) {
                other.sequence().leaveAt(common);
                return true;
            }
        }
        return false;
    }

    private void plan(int most) {
        model.clear();
        planned.clear();
        int left = most;
        int rows = 0;
        for (Scoring scoring : running) {
            scoring.planned = 0;
            scoring.rows = 0;
            scoring.firstRow = rows;
            model.adaptation(scoring.scope().adaptation());
            model.state(scoring.sequence().state());
            int position = scoring.sequence().length();
            int end = position + scoring.sequence().together(scoring.remaining());
            while (left > 0 && position < end) {
                boolean wants = scoring.wants(position);
                if (wants && rows == mostRows) {
                    break;
                }
                model.add(scoring.token(position), position, scoring.sequence().pages(), wants);
                rows += wants ? 1 : 0;
                position++;
                left--;
            }
            scoring.planned = position - scoring.sequence().length();
            scoring.rows = rows - scoring.firstRow;
            if (scoring.planned > 0) {
                planned.add(scoring);
            }
        }
    }

    /** Share: by text. */
    private void score(Worker worker) {
        FloatRows table = Objects.requireNonNull(logits);
        int count = planned.size();
        for (int i = worker.from(count, 1), end = worker.to(count, 1); i < end; i++) {
            Scoring scoring = planned.get(i);
            int position = scoring.sequence().length() + scoring.planned - scoring.rows;
            for (int row = 0; row < scoring.rows; row++, position++) {
                int next = scoring.token(position + 1);
                scoring.score(position, choosing[worker.id()].probabilities().of(table, scoring.firstRow + row, next));
            }
        }
    }

    private void settle() {
        int computed = 0;
        for (Scoring scoring : planned) {
            computed += scoring.planned;
            if (scoring.advance()) {
                running.remove(scoring);
                scoring.release();
                ended.add(scoring);
            }
        }
        counters.stepped(computed);
    }

    /** Gives the scores of texts that the last step completed. */
    void tell() {
        ended.forEach(Scoring::complete);
        ended.clear();
    }
}
