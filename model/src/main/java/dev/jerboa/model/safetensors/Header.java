package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON header of a safetensors file: the tensors with their byte ranges, checked, and the free text metadata.
 *
 * @param entries in file order
 */
record Header(Map<String, Entry> entries, Map<String, String> metadata) {
    /** The longest header that the format allows. */
    static final int MAX_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    static final int MAX_DIMENSIONS = 16;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** One tensor: the bytes from {@code begin} to {@code end} of the data that follow the header. */
    record Entry(String name, DType type, List<Long> sizes, long begin, long end) {
        long[] shape() {
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /**
     * Parses and checks a header.
     *
     * @param file for messages
     * @param dataBytes how many bytes follow the header
     */
    static Header parse(String file, byte[] json, long dataBytes) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            expect(file, "the header", parser.nextToken(), JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                if (name.equals(METADATA)) {
                    metadata.putAll(texts(file, parser));
                } else {
                    entries.put(name, entry(file, name, parser));
                }
            }
            if (parser.nextToken() != null) {
                throw new ModelException(file + ": something follows the header's JSON object");
            }
        } catch (JacksonException e) {
            throw new ModelException(file + ": the header is not readable as JSON: " + e.getOriginalMessage(), e);
        }
        checkRanges(file, entries, dataBytes);
        return new Header(Collections.unmodifiableMap(entries), Collections.unmodifiableMap(metadata));
    }

    private static Map<String, String> texts(String file, JsonParser parser) {
        Map<String, String> texts = new LinkedHashMap<>();
        expect(file, METADATA, parser.nextToken(), JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            expect(file, METADATA + " key " + key, parser.nextToken(), JsonToken.VALUE_STRING);
            texts.put(key, parser.getString());
        }
        return texts;
    }

    private static Entry entry(String file, String name, JsonParser parser) {
        String what = "tensor " + name;
        expect(file, what, parser.nextToken(), JsonToken.START_OBJECT);
        DType type = null;
        List<Long> sizes = null;
        List<Long> range = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (member) {
                case "dtype" -> {
                    expect(file, what + " dtype", value, JsonToken.VALUE_STRING);
                    type = TypeNames.type(parser.getString());
                    if (type == null) {
                        throw new ModelException(file + ": " + what + " has dtype " + parser.getString()
                                + ", which is not supported; convert the checkpoint to BF16, F16 or F32");
                    }
                }
                case "shape" -> sizes = numbers(file, what + " shape", parser, value, MAX_DIMENSIONS);
                case "data_offsets" -> range = numbers(file, what + " data_offsets", parser, value, 2);
                default -> parser.skipChildren();
            }
        }
        if (type == null || sizes == null || range == null || range.size() != 2) {
            throw new ModelException(file + ": " + what + " lacks one of dtype, shape and data_offsets (two numbers)");
        }
        return new Entry(name, type, sizes, range.get(0), range.get(1));
    }

    private static List<Long> numbers(String file, String what, JsonParser parser, JsonToken first, int most) {
        expect(file, what, first, JsonToken.START_ARRAY);
        List<Long> numbers = new ArrayList<>();
        for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            expect(file, what, next, JsonToken.VALUE_NUMBER_INT);
            if (numbers.size() == most) {
                throw new ModelException(file + ": " + what + " has more than " + most + " numbers");
            }
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
                throw new ModelException(
                        file + ": " + what + " has the number " + parser.getString() + ", expected 0 to 2^63 − 1");
            }
            numbers.add(parser.getLongValue());
        }
        return List.copyOf(numbers);
    }

    private static void expect(String file, String what, JsonToken found, JsonToken expected) {
        if (found != expected) {
            throw new ModelException(file + ": " + what + " is " + found + ", expected " + expected);
        }
    }

    /** Every range has the size of its shape, and together they cover the data: no hole, no overlap, nothing left. */
    private static void checkRanges(String file, Map<String, Entry> entries, long dataBytes) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long at = 0;
        for (Entry entry : sorted) {
            long bytes = bytes(file, entry);
            if (entry.begin != at || entry.end < entry.begin || entry.end > dataBytes) {
                throw new ModelException(file + ": tensor " + entry.name + " has data_offsets " + entry.begin + " to "
                        + entry.end + ", expected to begin at " + at
                        + ", where the tensor before it ends, and to end in "
                        + "the " + dataBytes + " bytes of data; the file is damaged or incomplete");
            }
            if (entry.end - entry.begin != bytes) {
                throw new ModelException(file + ": tensor " + entry.name + " has " + (entry.end - entry.begin)
                        + " bytes, expected " + bytes + " for " + entry.type + " " + entry.sizes);
            }
            at = entry.end;
        }
        if (at != dataBytes) {
            throw new ModelException(file + ": the tensors end at byte " + at + " of the data, expected " + dataBytes
                    + "; the file is damaged or has something appended");
        }
    }

    private static long bytes(String file, Entry entry) {
        long[] shape = entry.shape();
        int block = entry.type.blockSize();
        try {
            if (shape.length == 0 ? block != 1 : shape[shape.length - 1] % block != 0) {
                throw new ModelException(file + ": tensor " + entry.name + " has rows of " + Arrays.toString(shape)
                        + ", expected a multiple of " + block + " for " + entry.type);
            }
            return entry.type.bytes(StoredTensor.elements(shape));
        } catch (ArithmeticException e) {
            throw new ModelException(
                    file + ": tensor " + entry.name + " has shape " + entry.sizes + ", more than 2^63 − 1 bytes", e);
        }
    }
}
