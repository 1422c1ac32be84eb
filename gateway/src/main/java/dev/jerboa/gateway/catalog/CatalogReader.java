package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.settings.Section;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads catalogues, one over another: an entry of a later one takes the place of an earlier one with its id, as a whole.
 *
 * <pre>
 * new CatalogReader().shipped().file(own).read()
 * </pre>
 *
 * <p>Holiday calendars are read first, from all of them, so that one's own also holds for prices that are shipped. Errors are
 * {@link GatewayException}s with file and line. Not thread-safe.
 */
public final class CatalogReader {
    private static final String SHIPPED = "/dev/jerboa/gateway/catalogue.yaml";

    private final List<Section> layers = new ArrayList<>();
    private final List<Section> whole = new ArrayList<>();

    /** The catalogue that comes with Jerboa: labs, models, and prices as examples; nothing in it can be reached before it has addresses. */
    public CatalogReader shipped() {
        try (InputStream in = CatalogReader.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new IllegalStateException(SHIPPED + " is not on the class path");
            }
            return text(new String(in.readAllBytes(), StandardCharsets.UTF_8), "catalogue.yaml (shipped)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of one's own. */
    public CatalogReader file(Path file) {
        return GatewayFile.read(file, this::whole);
    }

    /** A text; {@code source} names it in messages. */
    public CatalogReader text(String text, String source) {
        return GatewayFile.parse(text, source, this::whole);
    }

    private CatalogReader whole(Section section) {
        whole.add(section);
        return section(section);
    }

    /** A part of a larger file, which may have other keys; whoever reads the file ends it. */
    public CatalogReader section(Section section) {
        layers.add(section);
        return this;
    }

    /** All layers in one. */
    public Catalog read() {
        return GatewayFile.told(() -> {
            Catalog catalog = new CatalogLayers(layers).catalog();
            whole.forEach(Section::end);
            return catalog;
        });
    }
}
