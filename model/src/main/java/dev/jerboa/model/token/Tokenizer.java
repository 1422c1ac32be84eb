package dev.jerboa.model.token;

/**
 * Text to token ids and back. Immutable and safe for use by several threads; a {@link TokenStream} belongs to one.
 *
 * <p>Texts are well-formed UTF-16; half a surrogate pair is read as {@code ?}.
 */
public interface Tokenizer {
    /** Ids are 0 to size − 1; a few may be without a token. */
    int size();

    /**
     * The ids of {@code text}, without BOS or EOS.
     *
     * @param special whether the text of special tokens ({@code <|im_end|>}) is read as the token; otherwise it is plain text
     * @throws dev.jerboa.model.ModelException where the tokenizer's own pattern cannot be run on this text in bounded time
     */
    int[] encode(String text, boolean special);

    /** What the model wants before a plain text: usually BOS or nothing. A fresh array. */
    int[] prefix();

    /** What the model wants after a plain text: usually nothing; EOS or a separator with encoders. A fresh array. */
    int[] suffix();

    /** The id of a token by its exact text in the vocabulary, or −1. */
    int id(String token);

    /**
     * The token's text as the vocabulary writes it ({@code Ġthe}, {@code ▁the}, {@code <0x0A>}); empty for an id without a
     * token.
     *
     * @throws IllegalArgumentException where the id is not one of 0 to size − 1; so does {@link #isSpecial}
     */
    String token(int id);

    /** Whether the token is a control token, one that generation does not print. */
    boolean isSpecial(int id);

    /** The beginning-of-sequence id, or −1. */
    int bos();

    /** The end-of-sequence id, or −1. */
    int eos();

    /** The end-of-turn id ({@code <|eot_id|>}, {@code <|im_end|>}), or −1; often the same as {@link #eos}. */
    int eot();

    /** The ids that end generation: EOS, end of turn and what the files name besides, ascending. A fresh array. */
    int[] stops();

    /**
     * The text of {@code ids}; special tokens only where {@code special} says so. Bytes that are not UTF-8 become U+FFFD. The
     * space that SentencePiece puts before a text is taken off.
     *
     * @throws IllegalArgumentException where an id is not one of 0 to size − 1
     */
    String decode(int[] ids, boolean special);

    /** A decoder fed one id at a time that never emits part of a character; what it emits together is what {@link #decode} gives. */
    TokenStream stream(boolean special);

    /** As {@link #stream}, for ids that continue a text: a space at the beginning stays. */
    TokenStream continuation(boolean special);
}
