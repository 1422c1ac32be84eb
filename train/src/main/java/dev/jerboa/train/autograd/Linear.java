package dev.jerboa.train.autograd;

import org.jspecify.annotations.Nullable;

/** {@code out[t] = W · x[t] + b}, with a stretch of the rows of a weight matrix {@code [out, in]}, and what is learned beside it. */
public final class Linear implements Op {
    private static final int GRAIN = 16;

    private final Input x;
    private final Weight weight;
    private final int firstRow;
    private final @Nullable Parameter bias;
    private final @Nullable Beside beside;
    private final Tensor out;

    /** All rows of {@code weight}, without a bias. Adds itself to the tape. */
    public Linear(Tape tape, Tensor x, Weight weight) {
        this(tape, x, weight, 0, weight.rows(), null, null);
    }

    /** {@link #Linear(Tape, Tensor, Weight, int, int, Parameter, LowRank)} with nothing beside. */
    public Linear(Tape tape, Tensor x, Weight weight, int firstRow, int rows, @Nullable Parameter bias) {
        this(tape, x, weight, firstRow, rows, bias, null);
    }

    /**
     * Adds itself to the tape.
     *
     * @param rows outputs: rows {@code firstRow} and after of the weight and the bias
     * @param beside what is learned beside the weight
     */
    public Linear(
            Tape tape,
            Tensor x,
            Weight weight,
            int firstRow,
            int rows,
            @Nullable Parameter bias,
            @Nullable LowRank beside) {
        if (x.cols() != weight.cols()) {
            throw new IllegalArgumentException(weight + " applied to " + x.cols() + " values of " + x.name());
        }
        Input read = tape.use(x);
        this.x = beside != null || weight instanceof Parameter p && p.trained() ? read : read.forwardOnly();
        this.weight = weight;
        this.firstRow = firstRow;
        this.bias = bias;
        this.beside = beside == null
                ? null
                : new Beside(
                        tape, beside, weight, firstRow, rows, Beside.Places.of(tape, beside, rows, tape.maxTokens()));
        this.out = tape.tensor(weight.name(), rows);
        tape.panel(weight);
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void begin(Pass pass) {
        if (beside != null) {
            beside.measure(pass.team());
            beside.begin(pass.team());
        }
    }

    @Override
    public void forward(Pass pass) {
        int n = out.cols();
        int k = x.cols();
        pass.team().forward(weight, firstRow, n, pass.tokens(), x.address(0), k, out.address(0), n);
        if (beside != null) {
            pass.barrier();
            beside.measure(pass.team());
            beside.forward(pass.team(), 0, pass.tokens(), x.address(0), k, out.address(0), n);
        }
        if (bias != null) {
            pass.barrier();
            for (int t = pass.from(); t < pass.to(); t++) {
                Rows.addTo(Rows.at(bias.address(0), firstRow), out.address(t), n);
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        int n = out.cols();
        int k = x.cols();
        int tokens = pass.tokens();
        long dy = out.gradientAddress(0);
        long dz = beside == null ? dy : beside.plainGradient(pass.team(), 0, tokens, dy, n);
        pass.team().back(weight, firstRow, n, tokens, dz, n, x.gradientAddress(0), k, x.adds());
        pass.barrier();
        pass.team().learn(weight, firstRow, n, tokens, dz, n, x.address(0), k);
        if (beside != null) {
            pass.barrier();
            beside.backward(pass.team(), 0, tokens, dz, n, x.address(0), k, x.gradientAddress(0), k);
        }
        if (bias != null && bias.trained()) {
            int from = pass.worker().from(n, GRAIN);
            int width = pass.worker().to(n, GRAIN) - from;
            for (int t = 0; t < tokens; t++) {
                Rows.addTo(
                        Rows.at(out.gradientAddress(t), from),
                        Rows.at(bias.gradientAddress(0), firstRow + from),
                        width);
            }
        }
    }
}
