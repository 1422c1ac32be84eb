package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.StoredRow;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.MemorySegment;

/**
 * One worker's share of a product: which kernels run over which row groups and tokens.
 *
 * <pre>
 * codes, 8-bit activations   few tokens: RowKernel over all groups      more: PanelKernel → TileKernel
 * codes, exact               CodePanelKernel → FloatTileKernel
 * floats                     few tokens: FloatTileKernel over all groups      more: FloatPanelKernel → FloatTileKernel
 * stored                     rows decoded one by one → FloatTileKernel
 * </pre>
 *
 * <p>A row group that reaches past the matrix gets its outputs through scratch memory.
 */
final class Product {
    /** Panels stay in the second-level cache beside the activations they meet. */
    private static final int PANEL_BYTES = 160 << 10;

    /** Row groups that are packed at each use: as many at a time as stay in the first-level cache. */
    private static final int SCRATCH_BYTES = 24 << 10;

    /** Inputs of a float32 panel: a multiple of every block and of the tiles of block scales. */
    private static final int PIECE = 512;

    /** Float weights are converted once for more tokens than this. */
    private static final int CONVERT_ABOVE = 6;

    private final Routines routines;
    private final Target target;
    private final Workspace workspace;

    /** Where the tokens are: input i of the product is row {@code row(i)}. */
    private final long inputs;

    private final long inputBytes;
    private final int[] index;
    private final int indexFrom;
    private final int count;
    private final long outputs;
    private final long outputBytes;
    private final boolean accumulate;

    /**
     * A product of {@code count} rows.
     *
     * @param inputs address of row 0 of the activations (records or floats), rows {@code inputBytes} apart
     * @param outputs address of the first output row, rows {@code outputBytes} apart
     */
    Product(
            Routines routines,
            Workspace workspace,
            long inputs,
            long inputBytes,
            int[] index,
            int indexFrom,
            int count,
            long outputs,
            long outputBytes,
            boolean accumulate) {
        this.routines = routines;
        this.target = routines.target();
        this.workspace = workspace;
        this.inputs = inputs;
        this.inputBytes = inputBytes;
        this.index = index;
        this.indexFrom = indexFrom;
        this.count = count;
        this.outputs = outputs;
        this.outputBytes = outputBytes;
        this.accumulate = accumulate;
    }

    private long input(int token) {
        int row = index.length == 0 ? indexFrom + token : index[indexFrom + token];
        return inputs + row * inputBytes;
    }

    private long output(int token) {
        return outputs + token * outputBytes;
    }

    /** Rows {@code from} to {@code to − 1} of the weights; {@code from} begins a row group. */
    void run(MachineWeights weights, int from, int to) {
        if (from >= to || count == 0) {
            return;
        }
        switch (weights) {
            case MachineWeights.Codes codes -> {
                if (codes.precision() == Precision.FAST) {
                    fast(codes, from, to);
                } else {
                    exact(codes, from, to);
                }
            }
            case MachineWeights.Floats floats -> floats(floats, from, to);
            case MachineWeights.Stored stored -> stored(stored.source(), from, to);
        }
    }

    // Codes and 8-bit activations

    private void fast(MachineWeights.Codes w, int from, int to) {
        int lanes = target.lanes();
        int first = from / lanes;
        int whole = to / lanes; // groups from here on reach past the share: only the matrix's last one does
        boolean edge = whole * lanes < to;
        if (count <= RowKernel.maxTokens(target, w.format())) {
            int unpacked = Math.clamp(w.firstPacked(), first, whole);
            int most = Math.max(1, (int) (SCRATCH_BYTES / w.groupBytes()));
            for (int g = first; g < unpacked; g += most) {
                int groups = Math.min(most, unpacked - g);
                rows(w, pack(w, g, groups), g, groups, false);
            }
            if (whole > unpacked) {
                rows(w, w.address(unpacked), unpacked, whole - unpacked, false);
            }
            if (edge) {
                rows(w, w.address(whole), whole, 1, true);
            }
        } else {
            tiles(w, first, whole, false);
            if (edge) {
                tiles(w, whole, whole + 1, true);
            }
        }
        if (edge) {
            copyEdge(whole * lanes, to, lanes);
        }
    }

    /** Packs row groups into scratch memory; where they are then. */
    private long pack(MachineWeights.Codes w, int first, int groups) {
        GroupFormat format = w.format();
        int lanes = target.lanes();
        PackKernel kernel = new PackKernel(format);
        Routine routine = routines.get(kernel, kernel::emit);
        int scratch = PackKernel.SCRATCH_VECTORS * target.isa().vectorBytes();
        MemorySegment memory = workspace.groups(scratch + groups * w.groupBytes());
        Matrix source = w.source();
        Arguments arguments = workspace
                .arguments()
                .set(PackKernel.ROW_BYTES, source.rowBytes())
                .set(PackKernel.UNITS, w.cols() / GroupFormat.BLOCK / format.scales.blocks)
                .set(PackKernel.SCRATCH, memory.address());
        long to = memory.address() + scratch;
        for (int g = 0; g < groups; g++) {
            long group = to + g * w.groupBytes();
            arguments
                    .set(PackKernel.SOURCE, source.data().address() + (long) (first + g) * lanes * source.rowBytes())
                    .set(PackKernel.CODES, group + format.scaleBytes(lanes, w.cols()))
                    .set(PackKernel.SCALES, group);
            routine.call(arguments.address());
        }
        return to;
    }

    /** Where a row group is, packed now if it was not. */
    private long group(MachineWeights.Codes w, int group) {
        return group < w.firstPacked() ? pack(w, group, 1) : w.address(group);
    }

    private void rows(MachineWeights.Codes w, long address, int first, int groups, boolean edge) {
        GroupFormat format = w.format();
        int lanes = target.lanes();
        Routine routine = routines.get(
                new RowKernel(format, count, accumulate && !edge),
                t -> new RowKernel(format, count, accumulate && !edge).emit(t));
        Arguments arguments = workspace
                .arguments()
                .set(RowKernel.GROUP, address)
                .set(RowKernel.GROUP_BYTES, w.groupBytes())
                .set(RowKernel.GROUPS, groups)
                .set(RowKernel.SCALE_BYTES, format.scaleBytes(lanes, w.cols()))
                .set(RowKernel.UNITS, w.cols() / GroupFormat.BLOCK / format.scales.blocks);
        for (int t = 0; t < count; t++) {
            arguments.set(RowKernel.TOKENS + t, input(t));
            arguments.set(RowKernel.TOKENS + count + t, target(t, first * lanes, edge, lanes));
        }
        routine.call(arguments.address());
    }

    private void tiles(MachineWeights.Codes w, int firstGroup, int endGroup, boolean edge) {
        GroupFormat format = w.format();
        int lanes = target.lanes();
        int blocks = w.cols() / GroupFormat.BLOCK;
        long panelGroup = (long) blocks
                * PanelKernel.vectors(target, format)
                * target.isa().vectorBytes();
        int most = Math.max(2, (int) (PANEL_BYTES / panelGroup) & ~1);
        MemorySegment panel = workspace.panel(most * panelGroup);
        Routine unpack = routines.get(new PanelKernel(format), t -> new PanelKernel(format).emit(t));
        Arguments arguments = workspace.arguments();
        TileRecord form = TileSums.of(target, format).records();
        long recordBytes = (long) blocks * form.bytes();
        MemorySegment records = form.equals(TileRecord.PLAIN) ? null : tileRecords(form, blocks);
        int tokens = TileKernel.maxTokens(target);
        Routine[] pairs = tileRoutines(format, 2, accumulate && !edge);
        Routine[] single = tileRoutines(format, 1, accumulate && !edge);
        for (int from = firstGroup; from < endGroup; from += most) {
            int groups = Math.min(most, endGroup - from);
            for (int g = 0; g < groups; g++) {
                long group = group(w, from + g);
                arguments
                        .set(PanelKernel.GROUP, group)
                        .set(PanelKernel.SCALE_BYTES, format.scaleBytes(lanes, w.cols()))
                        .set(PanelKernel.UNITS, blocks / format.scales.blocks)
                        .set(PanelKernel.PANEL, panel.address() + g * panelGroup);
                unpack.call(arguments.address());
            }
            arguments.set(TileKernel.GROUP_BYTES, panelGroup).set(TileKernel.BLOCKS, blocks);
            for (int t = 0; t < count; t += tokens) {
                int part = Math.min(tokens, count - t);
                for (int i = 0; i < part; i++) {
                    long record = records == null ? input(t + i) : records.address() + (t + i) * recordBytes;
                    arguments.set(TileKernel.TOKENS + i, record);
                    arguments.set(TileKernel.TOKENS + part + i, target(t + i, from * lanes, edge, lanes));
                }
                tile(pairs, single, arguments, panel.address(), panelGroup, groups, part);
            }
        }
    }

    /** The tokens' records in the form that tiles read, in scratch memory. */
    private MemorySegment tileRecords(TileRecord form, int blocks) {
        long rowBytes = (long) blocks * form.bytes();
        MemorySegment records = workspace.records(count * rowBytes);
        Routine convert = routines.get(form, form::emit);
        Arguments arguments = workspace.arguments().set(TileRecord.COUNT, blocks);
        for (int t = 0; t < count; t++) {
            arguments.set(TileRecord.FROM, input(t)).set(TileRecord.TO, records.address() + t * rowBytes);
            convert.call(arguments.address());
        }
        return records;
    }

    /** All row groups of a panel with the tokens whose addresses are set: in pairs, and the last one of an odd number alone. */
    private void tile(
            Routine[] pairs,
            Routine[] single,
            Arguments arguments,
            long panel,
            long panelGroup,
            int groups,
            int tokens) {
        if (groups > 1) {
            arguments.set(TileKernel.PANEL, panel).set(TileKernel.OUT_OFFSET, 0).set(TileKernel.TILES, groups / 2);
            pairs[tokens].call(arguments.address());
        }
        if (groups % 2 == 1) {
            arguments
                    .set(TileKernel.PANEL, panel + (groups - 1) * panelGroup)
                    .set(TileKernel.OUT_OFFSET, (groups - 1L) * target.isa().vectorBytes())
                    .set(TileKernel.TILES, 1);
            single[tokens].call(arguments.address());
        }
    }

    /** The tile routines of a format for the numbers of tokens that come up. */
    private Routine[] tileRoutines(GroupFormat format, int groups, boolean add) {
        int most = TileKernel.maxTokens(target);
        Routine[] found = new Routine[most + 1];
        for (int tokens : new int[] {Math.min(most, count), count % most}) {
            if (tokens > 0) {
                TileKernel kernel = new TileKernel(format, groups, tokens, add);
                found[tokens] = routines.get(kernel, kernel::emit);
            }
        }
        return found;
    }

    // Float32 activations

    private void exact(MachineWeights.Codes w, int from, int to) {
        GroupFormat format = w.format();
        int lanes = target.lanes();
        int perGroup = FloatFormat.vectors(target);
        int blocks = w.cols() / GroupFormat.BLOCK;
        long scaleBytes = format.scaleBytes(lanes, w.cols());
        CodePanelKernel kernel = new CodePanelKernel(format);
        Routine decode = routines.get(kernel, kernel::emit);
        int groups = (w.rows() + lanes - 1) / lanes;
        int stride = perGroup * target.isa().vectorBytes();
        pieces(from, to, w.cols(), (row, input, inputs, panel) -> {
            int firstUnit = input / GroupFormat.BLOCK / format.scales.blocks;
            int units = inputs / GroupFormat.BLOCK / format.scales.blocks;
            long codeStep = format.codeBytes(lanes, w.cols()) / blocks * format.scales.blocks;
            long scaleStep = (long) format.scales.bytesPerRow * lanes;
            for (int v = 0; v < perGroup && row / lanes + v < groups; v++) {
                long group = group(w, row / lanes + v);
                Arguments arguments = workspace
                        .arguments()
                        .set(CodePanelKernel.CODES, group + scaleBytes + firstUnit * codeStep)
                        .set(CodePanelKernel.SCALES, group + firstUnit * scaleStep)
                        .set(CodePanelKernel.UNITS, units)
                        .set(
                                CodePanelKernel.PANEL,
                                panel.address() + (long) v * target.isa().vectorBytes())
                        .set(CodePanelKernel.STRIDE, stride);
                decode.call(arguments.address());
            }
        });
    }

    private void floats(MachineWeights.Floats w, int from, int to) {
        int rows = FloatFormat.rows(target);
        boolean scaled = w.source().scales() != null;
        boolean inPlace = !scaled && w.packed() && (w.format() == FloatFormat.F32 || count <= CONVERT_ABOVE);
        if (inPlace) {
            int whole = to / rows * rows;
            if (whole > from) {
                inPlace(w, from, (whole - from) / rows, false);
            }
            if (whole < to) {
                inPlace(w, Math.max(whole, from), 1, true);
                copyEdge(Math.max(whole, from), to, rows);
            }
            return;
        }
        FloatPanelKernel kernel = new FloatPanelKernel(w.format());
        Routine convert = routines.get(kernel, kernel::emit);
        Matrix.BlockScales scales = w.source().scales();
        pieces(from, to, w.cols(), (row, input, inputs, panel) -> {
            long weights = w.packed()
                    ? w.groups().address() + row / rows * w.groupBytes() + (long) input * rows * w.format().bytes
                    : packPiece(w, row, input, inputs);
            int step = scales == null ? inputs : scales.blockCols();
            for (int c = input; c < input + inputs; c += step - c % step) {
                int size = Math.min(step - c % step, input + inputs - c);
                float factor =
                        scales == null ? 1 : scales.values().get(row / scales.blockRows(), c / scales.blockCols());
                Arguments arguments = workspace
                        .arguments()
                        .set(FloatPanelKernel.WEIGHTS, weights + (long) (c - input) * rows * w.format().bytes)
                        .set(FloatPanelKernel.VECTORS, (long) size * FloatFormat.vectors(target))
                        .set(FloatPanelKernel.PANEL, panel.address() + (long) (c - input) * rows * Float.BYTES)
                        .set(FloatPanelKernel.FACTOR, factor);
                convert.call(arguments.address());
            }
        });
    }

    /** Packs a piece of a row group of plain numbers into scratch memory; where it is then. */
    private long packPiece(MachineWeights.Floats w, int row, int input, int inputs) {
        FloatPackKernel kernel = new FloatPackKernel(w.format());
        Routine routine = routines.get(kernel, kernel::emit);
        int rows = FloatFormat.rows(target);
        int lanes = target.lanes();
        int bytes = w.format().bytes;
        Matrix source = w.source();
        MemorySegment memory = workspace.groups((long) inputs * rows * bytes);
        Arguments arguments = workspace
                .arguments()
                .set(FloatPackKernel.ROW_BYTES, source.rowBytes())
                .set(FloatPackKernel.STRETCHES, inputs / kernel.stretch());
        int lane = 0;
        for (; lane < rows && row + lane + lanes <= source.rows(); lane += lanes) {
            long from = source.data().address() + (row + lane) * source.rowBytes() + (long) input * bytes;
            arguments
                    .set(FloatPackKernel.SOURCE, from)
                    .set(FloatPackKernel.GROUP, memory.address() + (long) lane * bytes);
            routine.call(arguments.address());
        }
        for (; lane < rows && row + lane < source.rows(); lane++) {
            Packing.column(source, row + lane, input, inputs, memory, lane, rows, bytes);
        }
        return memory.address();
    }

    private void inPlace(MachineWeights.Floats w, int row, int groups, boolean edge) {
        int rows = FloatFormat.rows(target);
        for (int t = 0; t < count; t += FloatTileKernel.MAX_TOKENS) {
            int tokens = Math.min(FloatTileKernel.MAX_TOKENS, count - t);
            FloatTileKernel kernel = new FloatTileKernel(w.format(), tokens, false, accumulate && !edge);
            Routine routine = routines.get(kernel, kernel::emit);
            Arguments arguments = workspace
                    .arguments()
                    .set(FloatTileKernel.WEIGHTS, w.groups().address() + row / rows * w.groupBytes())
                    .set(FloatTileKernel.INPUTS, w.cols())
                    .set(FloatTileKernel.GROUPS, groups)
                    .set(FloatTileKernel.GROUP_BYTES, w.groupBytes());
            for (int i = 0; i < tokens; i++) {
                arguments.set(FloatTileKernel.TOKENS + i, input(t + i));
                arguments.set(FloatTileKernel.TOKENS + 2 * tokens + i, target(t + i, row, edge, rows));
            }
            routine.call(arguments.address());
        }
    }

    private void stored(Matrix matrix, int from, int to) {
        int rows = FloatFormat.rows(target);
        float[] decoded = workspace.row(matrix.cols());
        pieces(from, to, matrix.cols(), (row, input, inputs, panel) -> {
            for (int r = 0; r < Math.min(rows, matrix.rows() - row); r++) {
                StoredRow.decode(matrix, row + r, decoded);
                for (int c = 0; c < inputs; c++) {
                    panel.setAtIndex(FloatRows.FLOAT, (long) c * rows + r, decoded[input + c]);
                }
            }
        });
    }

    /** Fills a float32 panel with one row group's weights, from one input on. */
    private interface PanelFiller {
        void fill(int row, int input, int inputs, MemorySegment panel);
    }

    /** Products by float32 panels, a piece of the inputs at a time. */
    private void pieces(int from, int to, int cols, PanelFiller filler) {
        int rows = FloatFormat.rows(target);
        MemorySegment panel = workspace.panel((long) PIECE * rows * Float.BYTES);
        boolean cut = cols > PIECE;
        MemorySegment sums = cut ? workspace.sums((long) count * rows * Float.BYTES) : MemorySegment.NULL;
        for (int row = from; row < to; row += rows) {
            boolean edge = row + rows > to;
            for (int input = 0; input < cols; input += PIECE) {
                int inputs = Math.min(PIECE, cols - input);
                filler.fill(row, input, inputs, panel);
                boolean last = input + inputs == cols;
                for (int t = 0; t < count; t += FloatTileKernel.MAX_TOKENS) {
                    piece(panel, row, input, inputs, t, input > 0, last, edge, sums);
                }
            }
            if (edge) {
                copyEdge(row, to, rows);
            }
        }
    }

    private void piece(
            MemorySegment panel,
            int row,
            int input,
            int inputs,
            int token,
            boolean resume,
            boolean last,
            boolean edge,
            MemorySegment sums) {
        int rows = FloatFormat.rows(target);
        int tokens = Math.min(FloatTileKernel.MAX_TOKENS, count - token);
        FloatTileKernel kernel = new FloatTileKernel(FloatFormat.F32, tokens, resume, last && accumulate && !edge);
        Routine routine = routines.get(kernel, kernel::emit);
        Arguments arguments = workspace
                .arguments()
                .set(FloatTileKernel.WEIGHTS, panel.address())
                .set(FloatTileKernel.INPUTS, inputs)
                .set(FloatTileKernel.GROUPS, 1)
                .set(FloatTileKernel.GROUP_BYTES, 0);
        for (int i = 0; i < tokens; i++) {
            long sum = sums.address() + (long) (token + i) * rows * Float.BYTES;
            arguments.set(FloatTileKernel.TOKENS + i, input(token + i) + (long) input * Float.BYTES);
            arguments.set(FloatTileKernel.TOKENS + tokens + i, sum);
            arguments.set(FloatTileKernel.TOKENS + 2 * tokens + i, last ? target(token + i, row, edge, rows) : sum);
        }
        routine.call(arguments.address());
    }

    // Outputs

    /** Where the outputs of a token go that begin with {@code row}. */
    private long target(int token, int row, boolean edge, int rows) {
        return edge
                ? workspace.edge((long) count * rows * Float.BYTES).address() + (long) token * rows * Float.BYTES
                : output(token) + (long) row * Float.BYTES;
    }

    /** Moves outputs {@code row} to {@code to − 1} from scratch memory to where they belong. */
    private void copyEdge(int row, int to, int rows) {
        MemorySegment edge = workspace.edge((long) count * rows * Float.BYTES);
        for (int t = 0; t < count; t++) {
            MemorySegment out = MemorySegment.ofAddress(output(t) + (long) row * Float.BYTES)
                    .reinterpret((long) (to - row) * Float.BYTES);
            for (int i = 0; i < to - row; i++) {
                float value = edge.getAtIndex(FloatRows.FLOAT, (long) t * rows + i);
                float before = accumulate ? out.getAtIndex(FloatRows.FLOAT, i) : 0;
                out.setAtIndex(FloatRows.FLOAT, i, accumulate ? value + before : value);
            }
        }
    }
}
