package dev.jerboa.model.template;

/**
 * What one template may cost. A template that asks for more ends with a {@link TemplateException}.
 *
 * @param sourceChars length of a template's source, in chars
 * @param nesting depth of the syntax tree
 * @param steps evaluated nodes and visited elements of one rendering
 * @param memoryUnits chars of all texts plus weighted elements of all lists that one rendering makes, whether or not
 *     they are still in use
 * @param textChars length of the output and of every single text
 * @param depth nesting of evaluation (expressions, statements, macro calls) and of printed values
 */
public record TemplateLimits(int sourceChars, int nesting, long steps, long memoryUnits, int textChars, int depth) {
    /**
     * Far above what published templates need for prompts of a few megabytes; at worst a few seconds and, as a unit is
     * two bytes at most in practice, a quarter of the largest heap.
     */
    public static final TemplateLimits DEFAULT = new TemplateLimits(
            1 << 19,
            250,
            100_000_000L,
            Math.clamp(Runtime.getRuntime().maxMemory() / 8, 64L << 20, 1L << 30),
            32 << 20,
            1000);

    /** The longest {@code range}, as Jinja's sandbox has it. */
    static final int RANGE = 100_000;

    public TemplateLimits {
        if (sourceChars < 1 || nesting < 1 || steps < 1 || memoryUnits < 1 || textChars < 1 || depth < 1) {
            throw new IllegalArgumentException("every limit must be positive");
        }
    }
}
