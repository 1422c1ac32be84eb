package dev.jerboa.model.convert;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.model.safetensors.BlockScaled;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Operations that do what others do and watch the inputs of products: a decoder that is loaded with {@link #ops} fills the sums of
 * an {@link ImportanceMatrix}.
 *
 * <p>A product is known by the matrix that its weights were made from, and that by the place where it lies. Matrices that a decoder brings
 * into order first, such as experts that are stored inputs first or in an encoding, lie anywhere: they are known by what is in their first
 * and last rows. Other weights that are made from several tensors, or from part of one, are not watched. Worker 0 adds up; the sums are
 * read when no step runs.
 */
public final class InputObserver {
    /** A matrix of a tensor that is written. */
    record Watched(String tensor, int matrix, int matrices) {}

    private final Map<Long, Watched> byPlace;
    private final Map<Long, Watched> byContents;
    private final Map<Weights, Watched> byWeights = new IdentityHashMap<>();
    private final Map<String, ImportanceMatrix.Sums> sums = new HashMap<>();
    private final Ops ops;

    private InputObserver(Ops watched, Map<Long, Watched> byPlace, Map<Long, Watched> byContents) {
        this.byPlace = byPlace;
        this.byContents = byContents;
        this.ops = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("product") || method.getName().equals("productAdd")) {
                        product(arguments);
                    } else if (method.getName().equals("headProducts")) {
                        headProducts(arguments);
                    }
                    Object result = call(watched, method, arguments);
                    if (method.getName().equals("weights") && result instanceof Weights weights) {
                        made(weights, (Matrix) arguments[0]);
                    }
                    return result;
                });
    }

    /** An observer of what a plan writes: names are those of the plan's tensors. */
    public static InputObserver of(Ops watched, ConversionPlan plan) {
        Map<Long, Watched> places = new HashMap<>();
        Map<Long, Watched> contents = new HashMap<>();
        Set<Long> ambiguous = new HashSet<>();
        for (PlannedTensor tensor : plan.tensors()) {
            List<Matrix> matrices = tensor.matrices();
            for (int m = 0; m < matrices.size(); m++) {
                places.put(matrices.get(m).data().address(), new Watched(tensor.name(), m, matrices.size()));
            }
            if (matrices.isEmpty() && (tensor.copied() != null || tensor.name().contains("_exps."))) {
                putContents(tensor, contents, ambiguous);
            }
        }
        contents.keySet().removeAll(ambiguous);
        return new InputObserver(watched, places, contents);
    }

    private static void putContents(PlannedTensor tensor, Map<Long, Watched> contents, Set<Long> ambiguous) {
        long[] shape = tensor.shape();
        if (shape.length < 2 || tensor.rowCount() == 0) {
            return;
        }
        int matrices = shape.length == 3 ? Math.toIntExact(shape[0]) : 1;
        long each = tensor.rowCount() / matrices;
        PlannedTensor.Rows rows = tensor.rows().get();
        float[] first = new float[tensor.columns()];
        float[] last = new float[tensor.columns()];
        for (int m = 0; m < matrices; m++) {
            rows.read(m * each, 1, first, 0);
            rows.read((m + 1) * each - 1, 1, last, 0);
            long mark = mark(first, last);
            if (contents.put(mark, new Watched(tensor.name(), m, matrices)) != null) {
                ambiguous.add(mark);
            }
        }
    }

    /** What stands for a matrix's first and last row: 64 bits, mixed by the multiplier of Knuth's MMIX. */
    private static long mark(float[] first, float[] last) {
        long mark = first.length;
        for (float[] row : List.of(first, last)) {
            for (float value : row) {
                mark = (mark ^ Float.floatToIntBits(value + 0f)) * 6364136223846793005L; // −0 as 0
                mark ^= mark >>> 32;
            }
        }
        return mark;
    }

    private @Nullable Watched known(Matrix matrix) {
        Watched watched = byPlace.get(matrix.data().address());
        if (watched != null || byContents.isEmpty() || matrix.rows() == 0) {
            return watched;
        }
        float[] first = new float[matrix.cols()];
        float[] last = new float[matrix.cols()];
        BlockScaled.decode(matrix, 0, 1, first, 0);
        BlockScaled.decode(matrix, matrix.rows() - 1, 1, last, 0);
        return byContents.get(mark(first, last));
    }

    /** The operations to load a decoder with, at {@link Ops.Precision#EXACT}. */
    public Ops ops() {
        return ops;
    }

    /** What came by so far. */
    public ImportanceMatrix matrix(List<String> texts, int chunkTokens) {
        Map<String, ImportanceMatrix.Entry> entries = new TreeMap<>();
        sums.forEach((name, sum) -> {
            if (!sum.empty()) {
                entries.put(name, sum.entry());
            }
        });
        return new ImportanceMatrix(entries, texts, chunkTokens);
    }

    private static @Nullable Object call(Ops watched, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(watched, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private void made(Weights weights, Matrix matrix) {
        Watched watched = known(matrix);
        if (watched != null) {
            byWeights.put(weights, watched);
            sums.computeIfAbsent(watched.tensor, t -> new ImportanceMatrix.Sums(watched.matrices, matrix.cols()));
        }
    }

    /** {@code product(worker, weights, panel, index, indexFrom, count, …)} or {@code product(worker, weights, panel, count, out)}. */
    private void product(Object[] arguments) {
        Worker worker = (Worker) arguments[0];
        Watched watched = byWeights.get((Weights) arguments[1]);
        if (worker.id() != 0 || watched == null) {
            return;
        }
        FloatRows rows = ((Panel) arguments[2]).rows();
        ImportanceMatrix.Sums sum = sums.get(watched.tensor);
        boolean chosen = arguments[3] instanceof int[];
        int[] index = chosen ? (int[]) arguments[3] : new int[0];
        int from = chosen ? (int) arguments[4] : 0;
        int count = (int) (chosen ? arguments[5] : arguments[3]);
        for (int i = from; sum != null && i < from + count; i++) {
            sum.add(watched.matrix, rows, index.length == 0 ? i : index[i]);
        }
    }

    /** {@code headProducts(worker, heads, x, xCol, xStride, count, …)}. */
    private void headProducts(Object[] arguments) {
        Worker worker = (Worker) arguments[0];
        if (worker.id() != 0 || !(arguments[1] instanceof List<?> heads) || !(arguments[2] instanceof FloatRows x)) {
            return;
        }
        int col = (int) arguments[3];
        int stride = (int) arguments[4];
        int count = (int) arguments[5];
        for (int h = 0; h < heads.size(); h++) {
            Watched watched = heads.get(h) instanceof Weights weights ? byWeights.get(weights) : null;
            ImportanceMatrix.Sums sum = watched == null ? null : sums.get(watched.tensor);
            if (watched != null && sum != null) {
                sum.add(watched.matrix, x, count, col + h * stride);
            }
        }
    }
}
