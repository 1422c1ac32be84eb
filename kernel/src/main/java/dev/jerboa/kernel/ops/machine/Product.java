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
 * codes, 8-bit activations   few tokens: RowKernel over all groups, or over those that stay in the cache, by sets of tokens
 *                            more: PanelKernel → TileKernel
 *                            few tokens, not packed: MappedRowKernel, or PackKernel → RowKernel
 * codes, exact               CodePanelKernel → FloatTileKernel
 * floats                     FloatTileKernel over all groups, or over those that stay in the cache; types that are dear to
 * load, or scaled by blocks: FloatPanelKernel → FloatTileKernel
 * stored                     rows decoded one by one → FloatTileKernel
 * </pre>
 *
 * <p>A row group that reaches past the matrix gets its outputs through scratch memory.
 */
final class Product {
    /** Panels stay in the second-level cache beside the activations they meet. */
    private static final int PANEL_BYTES = 160 << 10;

    /** Row groups that are packed at each use: as many at a time as stay in the second-level cache. */
    private static final int SCRATCH_BYTES = 256 << 10;

    /** As many tokens meet whole codes in narrow registers, widened for four tokens at a time, no dearer than by a panel of words. */
    private static final int MOST_BY_WORDS = 24;

    /** The same of codes of few bits, for two tokens at a time, and half as many where a block has two scales. */
    private static final int MOST_BY_FEW_BITS = 8;

    /** Row groups of floats that all tokens meet in turn: as many as stay in the second-level cache. */
    private static final int FLOATS_BYTES = 512 << 10;

    /** Elements of those row groups: a multiple of every block, and of what is packed at once. */
    private static final int PIECE = 1024;

    /** Bytes of the activations that an element is multiplied by: a float, or a pair of bfloat16. */
    private static final int ELEMENT_BYTES = 4;

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
        if (count <= mostByRows(w.format())) {
            long records = rowRecords(w);
            int unpacked = Math.clamp(w.firstPacked(), first, whole);
            if (unpacked > first) {
                unpacked(w, records, first, unpacked - first);
            }
            if (whole > unpacked) {
                rows(w, records, w.address(unpacked), unpacked, whole - unpacked, false);
            }
            if (edge) {
                rows(w, records, w.address(whole), whole, 1, true);
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

    /** Up to so many tokens meet row groups in registers, a few at a time; more are worth a panel. */
    private int mostByRows(GroupFormat format) {
        int most = RowSums.maxTokens(target, format);
        if (target.isa().wide()) {
            return most;
        }
        return RowSums.records(target, format, most).equals(TileRecord.WORDS)
                ? MOST_BY_WORDS
                : MOST_BY_FEW_BITS / format.scales.perBlock;
    }

    /** The first of the tokens' records of words, where kernels of this product read them; otherwise 0. */
    private long rowRecords(MachineWeights.Codes w) {
        TileRecord form = RowSums.records(target, w.format(), Math.min(count, RowSums.maxTokens(target, w.format())));
        return form.equals(TileRecord.PLAIN)
                ? 0
                : tileRecords(form, w.cols() / GroupFormat.BLOCK).address();
    }

    /** Products of few tokens with row groups that lie where the file is mapped. */
    private void unpacked(MachineWeights.Codes w, long records, int first, int groups) {
        if (!MappedRowKernel.suits(target, w.format())) {
            int most = Math.max(1, (int) (SCRATCH_BYTES / w.groupBytes()));
            for (int g = first; g < first + groups; g += most) {
                int some = Math.min(most, first + groups - g);
                rows(w, records, pack(w, g, some), g, some, false);
            }
            return;
        }
        int lanes = target.lanes();
        int vector = target.isa().vectorBytes();
        MappedRowKernel kernel = new MappedRowKernel(w.format(), count, accumulate);
        Routine routine = routines.get(kernel, kernel::emit);
        MemorySegment scratch = workspace.groups((long) MappedRowKernel.SCRATCH_VECTORS * vector);
        Matrix source = w.source();
        Arguments arguments = workspace
                .arguments()
                .set(MappedRowKernel.SOURCE, source.data().address() + (long) first * lanes * source.rowBytes())
                .set(MappedRowKernel.ROW_BYTES, source.rowBytes())
                .set(MappedRowKernel.UNITS, w.format().units(w.cols()))
                .set(MappedRowKernel.SCRATCH, scratch.address())
                .set(MappedRowKernel.OUT_BYTES, (long) groups * vector);
        for (int t = 0; t < count; t++) {
            arguments.set(MappedRowKernel.TOKENS + t, input(t));
            arguments.set(MappedRowKernel.TOKENS + count + t, target(t, first * lanes, false, lanes));
        }
        routine.call(arguments.address());
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
                .set(PackKernel.UNITS, format.units(w.cols()))
                .set(PackKernel.SCRATCH, memory.address())
                .set(PackKernel.GROUPS, groups)
                .set(PackKernel.GROUP_BYTES, w.groupBytes())
                .set(PackKernel.SOURCE, source.data().address() + (long) first * lanes * source.rowBytes())
                .set(PackKernel.GROUP, memory.address() + scratch);
        routine.call(arguments.address());
        return memory.address() + scratch;
    }

    /** Where a row group is, packed now if it was not. */
    private long group(MachineWeights.Codes w, int group) {
        return group < w.firstPacked() ? pack(w, group, 1) : w.address(group);
    }

    /** Row groups with all tokens: where these are too many for one call, so many groups at a time as stay in the cache. */
    private void rows(MachineWeights.Codes w, long records, long address, int first, int groups, boolean edge) {
        int most = RowSums.maxTokens(target, w.format());
        int calls = (count + most - 1) / most;
        int atOnce = calls == 1 ? groups : Math.max(1, (int) (SCRATCH_BYTES / w.groupBytes()));
        for (int g = 0; g < groups; g += atOnce) {
            int some = Math.min(atOnce, groups - g);
            for (int call = 0; call < calls; call++) {
                int from = count * call / calls;
                int to = count * (call + 1) / calls;
                rows(w, records, address + g * w.groupBytes(), first + g, some, edge, from, to);
            }
        }
    }

    /** Row groups with tokens {@code from} to {@code to − 1}. */
    private void rows(
            MachineWeights.Codes w, long records, long address, int first, int groups, boolean edge, int from, int to) {
        GroupFormat format = w.format();
        int lanes = target.lanes();
        int tokens = to - from;
        RowKernel kernel = new RowKernel(format, tokens, accumulate && !edge);
        Routine routine = routines.get(kernel, kernel::emit);
        Arguments arguments = workspace
                .arguments()
                .set(RowKernel.GROUP, address)
                .set(RowKernel.GROUP_BYTES, w.groupBytes())
                .set(RowKernel.GROUPS, groups)
                .set(RowKernel.UNITS, format.units(w.cols()));
        TileRecord form = RowSums.records(target, format, tokens);
        long recordBytes = (long) w.cols() / GroupFormat.BLOCK * form.bytes();
        for (int t = 0; t < tokens; t++) {
            boolean plain = form.equals(TileRecord.PLAIN);
            arguments.set(RowKernel.TOKENS + t, plain ? input(from + t) : records + (from + t) * recordBytes);
            arguments.set(RowKernel.TOKENS + tokens + t, target(from + t, first * lanes, edge, lanes));
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
                        .set(PanelKernel.UNITS, format.units(w.cols()))
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
        CodePanelKernel kernel = new CodePanelKernel(format);
        Routine decode = routines.get(kernel, kernel::emit);
        int groups = (w.rows() + lanes - 1) / lanes;
        int stride = perGroup * target.isa().vectorBytes();
        panels(from, to, w.cols(), (row, input, inputs, panel) -> {
            int firstUnit = input / GroupFormat.BLOCK / format.scales.blocks;
            int units = inputs / GroupFormat.BLOCK / format.scales.blocks;
            long first = (long) firstUnit * format.unitBytes(lanes);
            for (int v = 0; v < perGroup && row / lanes + v < groups; v++) {
                long group = group(w, row / lanes + v);
                Arguments arguments = workspace
                        .arguments()
                        .set(CodePanelKernel.GROUP, group + first)
                        .set(CodePanelKernel.UNITS, units)
                        .set(
                                CodePanelKernel.PANEL,
                                panel + (long) v * target.isa().vectorBytes())
                        .set(CodePanelKernel.STRIDE, stride);
                decode.call(arguments.address());
            }
        });
    }

    private void floats(MachineWeights.Floats w, int from, int to) {
        FloatFormat format = w.format();
        if (w.source().scales() != null || !w.packed() || !format.readByTiles() && count > FloatTileKernel.MAX_TOKENS) {
            converted(w, from, to);
            return;
        }
        int rows = FloatFormat.rows(target);
        if (count > FloatTileKernel.MAX_TOKENS) {
            tiles(
                    format,
                    from,
                    to,
                    w.elements(),
                    w.groupBytes(),
                    (row, groups, element, elements) -> w.address(row / rows) + (long) element * rows * format.bytes);
            return;
        }
        int whole = to / rows * rows;
        if (whole > from) {
            rows(w, from, (whole - from) / rows, false);
        }
        if (whole < to) {
            rows(w, Math.max(whole, from), 1, true);
            copyEdge(Math.max(whole, from), to, rows);
        }
    }

    /** Products with weights that are converted or packed before tiles read them. */
    private void converted(MachineWeights.Floats w, int from, int to) {
        FloatFormat format = w.format();
        int rows = FloatFormat.rows(target);
        Matrix.BlockScales scales = w.source().scales();
        if (scales == null && format.readByTiles()) {
            long groupBytes = (long) Math.min(PIECE, w.elements()) * rows * format.bytes;
            MemorySegment memory = workspace.groups(Math.max(groupBytes, FLOATS_BYTES));
            tiles(format, from, to, w.elements(), groupBytes, (row, groups, element, elements) -> {
                for (int g = 0; g < groups; g++) {
                    packPiece(w, row + g * rows, element, elements, memory.asSlice(g * groupBytes));
                }
                return memory.address();
            });
            return;
        }
        FloatPanelKernel kernel = new FloatPanelKernel(format);
        Routine convert = routines.get(kernel, kernel::emit);
        panels(from, to, w.cols(), (row, input, inputs, panel) -> {
            long weights;
            if (w.packed()) {
                weights = w.address(row / rows) + (long) input * rows * format.bytes;
            } else {
                MemorySegment memory = workspace.groups((long) inputs * rows * format.bytes);
                packPiece(w, row, input, inputs, memory);
                weights = memory.address();
            }
            int step = scales == null ? inputs : scales.blockCols();
            for (int c = input; c < input + inputs; c += step - c % step) {
                int size = Math.min(step - c % step, input + inputs - c);
                float factor =
                        scales == null ? 1 : scales.values().get(row / scales.blockRows(), c / scales.blockCols());
                Arguments arguments = workspace
                        .arguments()
                        .set(FloatPanelKernel.WEIGHTS, weights + (long) (c - input) * rows * format.bytes)
                        .set(FloatPanelKernel.VECTORS, (long) size * FloatFormat.vectors(target))
                        .set(FloatPanelKernel.PANEL, panel + (long) (c - input) * rows * Float.BYTES)
                        .set(FloatPanelKernel.FACTOR, factor);
                convert.call(arguments.address());
            }
        });
    }

    /** Packs a piece of a row group of plain numbers. */
    private void packPiece(MachineWeights.Floats w, int row, int element, int elements, MemorySegment to) {
        FloatPackKernel kernel = new FloatPackKernel(w.format());
        Routine routine = routines.get(kernel, kernel::emit);
        int rows = FloatFormat.rows(target);
        int lanes = target.lanes();
        int bytes = w.format().bytes;
        Matrix source = w.source();
        Arguments arguments = workspace
                .arguments()
                .set(FloatPackKernel.ROW_BYTES, source.rowBytes())
                .set(FloatPackKernel.STRETCHES, elements / kernel.stretch());
        int lane = 0;
        for (; lane < rows && row + lane + lanes <= source.rows(); lane += lanes) {
            long from = source.data().address() + (row + lane) * source.rowBytes() + (long) element * bytes;
            arguments.set(FloatPackKernel.SOURCE, from).set(FloatPackKernel.GROUP, to.address() + (long) lane * bytes);
            routine.call(arguments.address());
        }
        for (; lane < rows && row + lane < source.rows(); lane++) {
            Packing.column(source, row + lane, element, elements, to, lane, rows, bytes);
        }
    }

    private void stored(Matrix matrix, int from, int to) {
        int rows = FloatFormat.rows(target);
        float[] decoded = workspace.row(matrix.cols());
        panels(from, to, matrix.cols(), (row, input, inputs, panel) -> {
            MemorySegment lanes = MemorySegment.ofAddress(panel).reinterpret((long) inputs * rows * Float.BYTES);
            for (int r = 0; r < Math.min(rows, matrix.rows() - row); r++) {
                StoredRow.decode(matrix, row + r, decoded);
                for (int c = 0; c < inputs; c++) {
                    lanes.setAtIndex(FloatRows.FLOAT, (long) c * rows + r, decoded[input + c]);
                }
            }
        });
    }

    /** Fills a float32 panel with one row group's weights, from one input on. */
    private interface PanelFiller {
        void fill(int row, int input, int inputs, long panel);
    }

    /** Where weights are that tiles read: the same piece of consecutive row groups, a fixed number of bytes apart. */
    private interface Located {
        long at(int row, int groups, int element, int elements);
    }

    /** Products by float32 panels of several row groups, a piece of the inputs at a time. */
    private void panels(int from, int to, int cols, PanelFiller filler) {
        int rows = FloatFormat.rows(target);
        long groupBytes = (long) Math.min(PIECE, cols) * rows * Float.BYTES;
        MemorySegment panel = workspace.panel(Math.max(groupBytes, FLOATS_BYTES));
        tiles(FloatFormat.F32, from, to, cols, groupBytes, (row, groups, input, inputs) -> {
            for (int g = 0; g < groups; g++) {
                filler.fill(row + g * rows, input, inputs, panel.address() + g * groupBytes);
            }
            return panel.address();
        });
    }

    /** Products a few row groups and a piece of the inputs at a time, with all tokens while those weights are in the cache. */
    private void tiles(FloatFormat format, int from, int to, int cols, long groupBytes, Located weights) {
        int rows = FloatFormat.rows(target);
        int most = Math.max(1, FLOATS_BYTES / (Math.min(PIECE, cols) * rows * format.bytes));
        for (int row = from; row < to; ) {
            boolean edge = row + rows > to;
            int groups = edge ? 1 : Math.min(most, (to - row) / rows);
            long sumBytes = (long) groups * rows * Float.BYTES;
            long sums = cols > PIECE ? workspace.sums(count * sumBytes).address() : 0;
            for (int element = 0; element < cols; element += PIECE) {
                int elements = Math.min(PIECE, cols - element);
                boolean last = element + elements == cols;
                long at = weights.at(row, groups, element, elements);
                for (int t = 0; t < count; t += FloatTileKernel.MAX_TOKENS) {
                    int tokens = Math.min(FloatTileKernel.MAX_TOKENS, count - t);
                    Arguments arguments = tile(at, elements, groups, groupBytes);
                    for (int i = 0; i < tokens; i++) {
                        long sum = sums + (t + i) * sumBytes;
                        arguments.set(FloatTileKernel.TOKENS + i, input(t + i) + (long) element * ELEMENT_BYTES);
                        arguments.set(FloatTileKernel.TOKENS + tokens + i, sum);
                        arguments.set(
                                FloatTileKernel.TOKENS + 2 * tokens + i, last ? target(t + i, row, edge, rows) : sum);
                    }
                    tile(format, tokens, element > 0, last && accumulate && !edge)
                            .call(arguments.address());
                }
            }
            if (edge) {
                copyEdge(row, to, rows);
            }
            row += groups * rows;
        }
    }

    private Arguments tile(long weights, int elements, int groups, long groupBytes) {
        return workspace
                .arguments()
                .set(FloatTileKernel.WEIGHTS, weights)
                .set(FloatTileKernel.ELEMENTS, elements)
                .set(FloatTileKernel.GROUPS, groups)
                .set(FloatTileKernel.GROUP_BYTES, groupBytes);
    }

    private Routine tile(FloatFormat format, int tokens, boolean resume, boolean add) {
        FloatTileKernel kernel = new FloatTileKernel(format, tokens, resume, add);
        return routines.get(kernel, kernel::emit);
    }

    /** Few tokens: every weight is read once, all inputs of a row group at a time. */
    private void rows(MachineWeights.Floats w, int row, int groups, boolean edge) {
        int rows = FloatFormat.rows(target);
        Arguments arguments = tile(w.address(row / rows), w.elements(), groups, w.groupBytes());
        for (int t = 0; t < count; t++) {
            arguments.set(FloatTileKernel.TOKENS + t, input(t));
            arguments.set(FloatTileKernel.TOKENS + 2 * count + t, target(t, row, edge, rows));
        }
        tile(w.format(), count, false, accumulate && !edge).call(arguments.address());
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
