package dev.jerboa.model.token.split;

import dev.jerboa.model.ModelException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The pre-tokenizers behind the names in GGUF's {@code tokenizer.ggml.pre}. The patterns are those of the tokenizers that the
 * models were published with; where llama.cpp approximates one (it has no letter case beyond ASCII), the published one holds.
 */
public final class PretokenizerTable {
    private static final String SOURCE = "the table of pre-tokenizers";
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN35 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT4O =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:"
                    + "'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i"
                    + ":'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+"
                    + "|\\s+(?!\\S)|\\s+";
    private static final String TEKKEN =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String YOUTU =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:"
                    + "'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i"
                    + ":'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+"
                    + "|\\s+(?!\\S)|\\s+";
    private static final String KIMI =
            "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}"
                    + "\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+[\\p{Ll}\\p{Lm}\\p{L"
                    + "o}\\p{M}&&[^\\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}"
                    + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String DEEPSEEK3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+"
            + "|\\s+(?!\\S)|\\s+";
    private static final String SEED = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String BAILING = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
    private static final String MINICPM5 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}+"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String EXAONE_MOE = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
            + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
    private static final String JAIS2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)"
            + "|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)"
            + "|\\s{1}";
    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";
    private static final String LINES = "[^\\n]+|[\\n]+";
    /** Letters of scripts with case, as DeepSeek-LLM lists them. */
    private static final String DEEPSEEK_LETTERS = "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-Ί"
            + "ΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼ"
            + "ιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲ"
            + "ⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

    /**
     * A pre-tokenizer and what goes with its name.
     *
     * @param patterns the regular expressions that are applied one after the other, each match and each gap a word
     * @param splitters the same, ready to use
     * @param ignoreMerges a word that is in the vocabulary is that token, whatever the merges would give
     * @param bos whether BOS is put before a text when the file does not say
     * @param bytes whether the vocabulary writes bytes in GPT-2's characters; otherwise it writes text, with {@code ▁} for
     *     spaces and {@code <0x0A>} for bytes
     */
    public record Pretokenizer(
            List<String> patterns, List<Splitter> splitters, boolean ignoreMerges, boolean bos, boolean bytes) {
        private Pretokenizer ignoringMerges() {
            return new Pretokenizer(patterns, splitters, true, bos, bytes);
        }

        private Pretokenizer withBos() {
            return new Pretokenizer(patterns, splitters, ignoreMerges, true, bytes);
        }

        private Pretokenizer overText() {
            return new Pretokenizer(patterns, splitters, ignoreMerges, bos, false);
        }

        private Pretokenizer then(Splitter last) {
            return new Pretokenizer(
                    patterns, Stream.concat(splitters.stream(), Stream.of(last)).toList(), ignoreMerges, bos, bytes);
        }

        private Pretokenizer after(Splitter first) {
            return new Pretokenizer(
                    patterns,
                    Stream.concat(Stream.of(first), splitters.stream()).toList(),
                    ignoreMerges,
                    bos,
                    bytes);
        }
    }

    private PretokenizerTable() {}

    /**
     * The pre-tokenizer of a name.
     *
     * @param source the file, for messages
     * @throws ModelException for a name that is not known: another pre-tokenizer would silently give other tokens
     */
    public static Pretokenizer named(String name, String source) {
        return switch (name) {
            case "default" -> of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
            case "llama3",
                    "llama-v3",
                    "llama-bpe",
                    "falcon3",
                    "falcon-h1",
                    "pixtral",
                    "midm-2.0",
                    "lfm2",
                    "jina-v5-nano" -> of(LLAMA3).ignoringMerges().withBos();
            case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe" -> of(LLAMA3);
            case "jais-2" -> of(JAIS2);
            case "deepseek-llm" ->
                of("[\r\n]", DEEPSEEK_LETTERS, "\\s?[!-/:-~！-／：-～‘-‟　-。]+", "\\s+$", "[一-龥ࠀ-一가-퟿]+", "\\p{N}+");
            case "deepseek-coder" -> of("[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}");
            case "deepseek-v3", "hunyuan-dense", "joyai-llm" -> of("\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3);
            case "youtu" ->
                of("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+", YOUTU).ignoringMerges();
            case "falcon" -> of("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]");
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                of("\\p{N}", GPT2);
            case "gpt-2",
                    "phi-2",
                    "jina-es",
                    "jina-de",
                    "jina-v2-es",
                    "jina-v2-de",
                    "jina-v1-en",
                    "jina-v2-code",
                    "roberta-bpe",
                    "gigachat",
                    "a.x-4.0",
                    "mellum",
                    "modern-bert",
                    "exaone4",
                    "mpt",
                    "olmo",
                    "jais",
                    "trillion",
                    "granite-docling" -> of(GPT2);
            case "qwen2",
                    "deepseek-r1-qwen",
                    "kormo",
                    "f2llmv2",
                    "megrez",
                    "stablelm2",
                    "hunyuan",
                    "solar-open",
                    "grok-2" -> of(QWEN2);
            case "laguna" -> of(LINES, QWEN2);
            case "qwen35" -> of(QWEN35);
            case "poro-chat", "bloom", "gpt3-finnish" -> of(BLOOM);
            case "viking" -> of(BLOOM, "\\p{N}");
            case "tekken" -> of(TEKKEN).ignoringMerges().withBos();
            case "chameleon" ->
                of(
                                "<sentinel:[0-9]+>",
                                "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
                                "([\\t\\n]|    |  )",
                                "\\p{N}",
                                "[\\p{P}!-/:-@\\[-`{-~]",
                                GPT2)
                        .withBos();
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" -> of(GPT4O);
            case "granite-embed-multi-97m" -> of(GPT4O).ignoringMerges();
            case "tiny_aya", "cohere2moe" -> of(GPT4O).after(new Splitter.DigitThrees(true));
            case "kimi-k2" -> of(KIMI);
            case "superbpe" -> of("\\p{N}+").then(new Splitter.DigitThrees(false));
            case "afmoe" ->
                of("[一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+", DEEPSEEK3)
                        .after(new Splitter.DigitThrees(false));
            case "bailingmoe", "bailingmoe2", "llada-moe" -> of(BAILING);
            case "seed-coder" -> of(SEED);
            case "exaone-moe" -> of(EXAONE_MOE);
            case "minicpm5" -> of("\\p{N}{1,3}", MINICPM5).ignoringMerges();
            case "gemma4", "granite-embed-multi-311m" -> of(LINES).overText().withBos();
            case "sarvam-moe" -> of(LINES).overText();
            default ->
                throw new ModelException(source + ": key tokenizer.ggml.pre names the pre-tokenizer " + name
                        + ", which is not known; with another one the model would read other tokens than it was trained"
                        + " on: use a newer release, or the Hugging Face folder of the model with its tokenizer.json");
        };
    }

    private static Pretokenizer of(String... patterns) {
        List<Splitter> splitters = Stream.of(patterns)
                .map(pattern -> Splitter.isolating(pattern, SOURCE))
                .toList();
        return new Pretokenizer(List.of(patterns), splitters, false, false, true);
    }
}
