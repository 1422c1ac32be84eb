package dev.jerboa.model.json;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JsonTest {
    private static final String BAD = "{\"a\": 1,\n  bad}";

    @TempDir
    private Path folder;

    @Test
    void whatIsNotJsonIsToldWithItsPlaceAndNothingElse() throws IOException {
        assertThatThrownBy(() -> Json.parse(BAD, "the request body"))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("the request body: not readable as JSON: Unexpected character ('b'")
                .hasMessageContaining("at line 2, column ")
                .hasMessageNotContaining("Source")
                .hasMessageNotContaining("\n");
        Path file = Files.writeString(folder.resolve("bad.json"), BAD);
        assertThatThrownBy(() -> Json.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("bad.json: not readable as JSON")
                .hasMessageContaining("at line 2, column ")
                .hasMessageNotContaining("REDACTED");
    }
}
