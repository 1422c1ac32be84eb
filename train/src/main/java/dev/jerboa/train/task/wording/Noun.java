package dev.jerboa.train.task.wording;

/**
 * Things that are counted.
 *
 * @param plural as it stands after 3 to 10, and in English after any number
 * @param singular as it stands in Arabic after 11 to 99 and after "how many"; not used in English
 * @param definite "the things", in Arabic
 */
public record Noun(String plural, String singular, String definite) {
    /** {@code plural}, {@code plural/singular}, or with {@code /definite} where that is not the plural with its article. */
    public static Noun of(String text) {
        String[] forms = text.split("/", -1);
        String plural = forms[0];
        return new Noun(plural, forms.length > 1 ? forms[1] : plural, forms.length > 2 ? forms[2] : "ال" + plural);
    }
}
