package dev.jerboa.model.tensor;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The file that a writer fills, tensor after tensor. It is written beside its final place and moved there when it is
 * complete, so a reader never meets half a file and a mapped predecessor stays intact. One thread.
 */
public final class TensorOutput implements AutoCloseable {
    private static final int CHUNK_VALUES = 1 << 16;
    private static final int CHUNK_BYTES = 1 << 24;

    private final Path path;
    private final Path partial;
    private final FileChannel channel;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment chunk = arena.allocate(CHUNK_VALUES * (long) Double.BYTES, 64);
    private long position;
    private String tensor = "";
    private DType type = DType.F32;
    private long end;

    /** Creates the file; {@link #complete} gives it its name. */
    public TensorOutput(Path path) {
        this.path = path;
        this.partial = path.resolveSibling(path.getFileName() + ".partial");
        try {
            channel = FileChannel.open(
                    partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        } catch (IOException e) {
            arena.close();
            throw failure(e);
        }
    }

    /** Bytes written so far. */
    public long position() {
        return position;
    }

    /** Writes one tensor's bytes; refuses a body that writes too few or too many. */
    public void tensor(String name, DType dtype, long bytes, TensorBody body) {
        tensor = name;
        type = dtype;
        end = position + bytes;
        body.writeTo(this);
        if (position != end) {
            throw new ModelException(path + ": tensor " + name + " should take " + bytes + " bytes, found only "
                    + (bytes - (end - position)));
        }
    }

    /** Appends bytes to the current tensor. */
    public void write(MemorySegment bytes) {
        if (bytes.byteSize() > end - position) {
            throw new ModelException(path + ": tensor " + tensor + " is given " + bytes.byteSize()
                    + " bytes more, expected at most " + (end - position));
        }
        append(bytes);
    }

    /** Appends values to the current tensor, encoded in its type; they must be whole blocks. */
    public void write(float[] values, int offset, int count) {
        for (int done = 0; done < count; done += CHUNK_VALUES) {
            int part = Math.min(CHUNK_VALUES, count - done);
            type.encode(values, offset + done, part, chunk, 0);
            write(chunk.asSlice(0, type.bytes(part)));
        }
    }

    /** Appends bytes that belong to no tensor: headers. */
    public void write(byte[] bytes) {
        append(MemorySegment.ofArray(bytes));
    }

    /** Appends zeros up to a multiple of {@code alignment}. */
    public void align(int alignment) {
        write(new byte[(int) (-position & alignment - 1)]);
    }

    /** Makes the file durable and gives it its name. */
    public void complete() {
        try {
            channel.force(true);
            channel.close();
            Files.move(partial, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Gives the memory back; a file that is not {@link #complete} is deleted. */
    @Override
    public void close() {
        arena.close();
        try {
            channel.close();
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void append(MemorySegment bytes) {
        try {
            for (long at = 0; at < bytes.byteSize(); at += CHUNK_BYTES) {
                ByteBuffer buffer = bytes.asSlice(at, Math.min(CHUNK_BYTES, bytes.byteSize() - at))
                        .asByteBuffer();
                while (buffer.hasRemaining()) {
                    position += channel.write(buffer);
                }
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private ModelException failure(IOException e) {
        return new ModelException(path + ": not writable: " + e, e);
    }
}
