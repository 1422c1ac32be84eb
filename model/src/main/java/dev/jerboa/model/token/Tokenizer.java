package dev.jerboa.model.token;

/**
 * Text to token ids and back. Immutable and safe for use by several threads; a {@link TokenStream} belongs to one.
 */
public interface Tokenizer {
    /** Ids are 0 to size − 1. */
    int size();

    /**
     * The ids of {@code text}, without BOS or EOS.
     *
     * @param special whether the text of special tokens ({@code <|im_end|>}) is read as the token; otherwise it is plain text
     */
    int[] encode(String text, boolean special);

    /** The BOS and EOS that the model wants around a plain text: prefix ids (usually BOS or nothing). */
    int[] prefix();

    /** The id of a token by its exact text in the vocabulary, or −1. */
    int id(String token);

    /** The token's text as the vocabulary writes it. */
    String token(int id);

    /** Whether the token is a control token, one that generation does not print. */
    boolean isSpecial(int id);

    /** The beginning-of-sequence id, or −1. */
    int bos();

    /** The end-of-sequence id, or −1. */
    int eos();

    /** The text of {@code ids}; special tokens only where {@code special} says so. */
    String decode(int[] ids, boolean special);

    /** A decoder fed one id at a time that never emits part of a character. */
    TokenStream stream(boolean special);
}
