package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads windows with one model, or with several side by side, and hands out the rows of logits before the tokens that are scored. A step
 * is filled with the tokens of as many windows as it takes, and makes a bounded number of rows. One thread.
 */
final class WindowWalk implements AutoCloseable {
    /** Bytes of logits that a step of one model makes at most. */
    private static final long LOGIT_BYTES = 64L << 20;

    private static final int LEAST_ROWS = 16;

    /** Takes the rows of a step. */
    interface Visitor {
        /**
         * @param targets the tokens of the text that are scored, in its order
         * @param count how many
         * @param logits of each model, a row before each target; valid during the call
         */
        void rows(int[] targets, int count, List<FloatRows> logits);
    }

    private final EvalText text;
    private final List<Window> windows;
    private final boolean replaced;
    private final List<Lane> lanes = new ArrayList<>();
    private final int capacity;
    private final int mostRows;
    private final int[] targets;
    private int opened;
    private @Nullable Place current;

    /** A model with its cache. */
    private record Lane(StepModel model, KvCache cache) {}

    /** A window that is being read. */
    private static final class Place {
        final Window window;
        final List<Sequence> sequences = new ArrayList<>();
        int at;
        int planned;

        Place(Window window) {
            this.window = window;
            this.at = window.from();
        }

        boolean isRead() {
            return at == window.to() - 1; // nothing is predicted after the last token
        }
    }

    /** @param subjects at least one, all with the same vocabulary */
    WindowWalk(EvalText text, PerplexityOptions options, List<Window> windows, List<Subject> subjects) {
        this.text = text;
        this.windows = windows;
        this.replaced = options.method() == Method.CHUNKS && text.bos() >= 0;
        this.capacity = subjects.stream()
                .mapToInt(subject -> subject.model().maxStepTokens())
                .min()
                .orElseThrow();
        this.mostRows = mostRows(subjects.getFirst().model().vocabularySize(), capacity);
        this.targets = new int[mostRows];
        int context = options.context();
        int places = capacity / (context - 1) + 3; // the last window may be shorter
        long tokens = (long) places * ((context + KvCache.PAGE_TOKENS) / KvCache.PAGE_TOKENS * KvCache.PAGE_TOKENS);
        try {
            for (Subject subject : subjects) {
                StepModel model = subject.model();
                lanes.add(new Lane(
                        model, KvCache.open(model.cacheShape(), Math.toIntExact(tokens), subject.cacheType(), places)));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** The most rows of a step. */
    static int mostRows(int vocabularySize, int capacity) {
        return (int) Math.clamp(
                LOGIT_BYTES / ((long) vocabularySize * Float.BYTES), Math.min(LEAST_ROWS, capacity), capacity);
    }

    int mostRows() {
        return mostRows;
    }

    /** Runs the next step; false when all windows are read. */
    boolean step(Visitor visitor) {
        lanes.forEach(lane -> lane.model().clear());
        List<Place> step = new ArrayList<>();
        int rows = plan(step);
        if (step.isEmpty()) {
            return false;
        }
        List<FloatRows> logits = new ArrayList<>();
        for (Lane lane : lanes) {
            logits.add(lane.model().run(lane.cache().layers()));
        }
        if (rows > 0) {
            visitor.rows(targets, rows, logits);
        }
        for (Place place : step) {
            place.sequences.forEach(sequence -> sequence.advance(place.planned));
            if (place.isRead()) {
                place.sequences.forEach(Sequence::close);
            }
        }
        return true;
    }

    private int plan(List<Place> step) {
        int left = capacity;
        int rows = 0;
        while (left > 0) {
            Place place = current == null ? open() : current;
            if (place == null) {
                break;
            }
            current = place;
            int from = place.at;
            while (left > 0 && !place.isRead()) {
                boolean wanted = place.at + 1 >= place.window.firstTarget();
                if (wanted && rows == mostRows) {
                    left = 0;
                    break;
                }
                add(place, wanted);
                if (wanted) {
                    targets[rows++] = place.at + 1;
                }
                place.at++;
                left--;
            }
            place.planned = place.at - from;
            if (place.planned > 0) {
                step.add(place);
            }
            if (place.isRead()) {
                current = null;
            }
        }
        return rows;
    }

    private @Nullable Place open() {
        if (opened == windows.size()) {
            return null;
        }
        Place place = new Place(windows.get(opened++));
        int length = place.window.to() - place.window.from();
        for (Lane lane : lanes) {
            Sequence sequence = lane.cache().sequence(length);
            if (!sequence.reserve(length)) {
                throw new IllegalStateException("the cache has no room for another window");
            }
            place.sequences.add(sequence);
        }
        return place;
    }

    private void add(Place place, boolean wanted) {
        int position = place.at - place.window.from();
        int token = replaced && position == 0 ? text.bos() : text.tokens()[place.at];
        for (int i = 0; i < lanes.size(); i++) {
            StepModel model = lanes.get(i).model();
            Sequence sequence = place.sequences.get(i);
            model.state(sequence.state());
            model.add(token, position, sequence.pages(), wanted);
        }
    }

    @Override
    public void close() {
        lanes.forEach(lane -> lane.cache().close());
    }
}
