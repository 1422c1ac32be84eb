package dev.jerboa.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.GgufWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportanceMatrixTest {
    @TempDir
    private Path folder;

    @Test
    void comesBackFromItsFile() {
        ImportanceMatrix matrix = new ImportanceMatrix(
                Map.of(
                        "blk.0.attn_q.weight",
                        new ImportanceMatrix.Entry(new float[] {2, 4, 6, 8}, new float[] {2}),
                        "blk.0.ffn_up_exps.weight",
                        new ImportanceMatrix.Entry(new float[] {3, 9, 0, 0}, new float[] {3, 0})),
                List.of("a.txt"),
                2);
        Path file = folder.resolve("m.gguf");
        matrix.write(file);
        ImportanceMatrix read = ImportanceMatrix.read(file);
        assertThat(read.texts()).containsExactly("a.txt");
        assertThat(read.chunks()).isEqualTo(2);
        assertThat(read.of("blk.0.attn_q.weight", 1, 4)).containsExactly(1, 2, 3, 4);
        assertThat(read.of("blk.0.ffn_up_exps.weight", 2, 2))
                .as("an expert that was never chosen")
                .containsExactly(1, 3, 1, 1);
        assertThat(read.of("blk.1.attn_q.weight", 1, 4)).isNull();
        assertThatThrownBy(() -> read.of("blk.0.attn_q.weight", 1, 3))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("another model");
    }

    /** The older form: means times the number of chunks, both in the file. */
    @Test
    void readsTheOlderForm() throws IOException {
        byte[] name = "blk.0.ffn_down.weight".getBytes(StandardCharsets.UTF_8);
        byte[] text = "wiki.txt".getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 + name.length + 8 + 12 + 8 + text.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(1).putInt(name.length).put(name).putInt(5).putInt(3);
        bytes.putFloat(5).putFloat(10).putFloat(0);
        bytes.putInt(5).putInt(text.length).put(text);
        Path file = folder.resolve("imatrix.dat");
        Files.write(file, bytes.array());
        ImportanceMatrix read = ImportanceMatrix.read(file);
        assertThat(read.texts()).containsExactly("wiki.txt");
        assertThat(read.of("blk.0.ffn_down.weight", 1, 3)).containsExactly(1, 2, 0);
        for (int cut = 0; cut < 4 + 4 + name.length + 8 + 12; cut++) {
            Files.write(file, java.util.Arrays.copyOf(bytes.array(), cut));
            assertThatThrownBy(() -> ImportanceMatrix.read(file))
                    .as("cut after %d bytes", cut)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("imatrix.dat");
        }
    }

    @Test
    void refusesWhatIsNone() {
        Path file = folder.resolve("model.gguf");
        new GgufWriter().string("general.architecture", "llama").write(file);
        assertThatThrownBy(() -> ImportanceMatrix.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("another GGUF file");
        Path bad = folder.resolve("bad.gguf");
        new ImportanceMatrix(
                        Map.of("a.weight", new ImportanceMatrix.Entry(new float[] {Float.NaN}, new float[] {1})),
                        List.of(),
                        1)
                .write(bad);
        assertThatThrownBy(() -> ImportanceMatrix.read(bad))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("a.weight");
    }
}
