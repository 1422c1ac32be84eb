package dev.jerboa.train.task.wording;

import java.util.List;

/** Numbers in words. */
final class NumberWords {
    private static final List<String> SMALL = List.of(
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen");
    private static final List<String> TENS =
            List.of("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety");
    /** From 3 to 10, which have one written form when they count nothing. */
    private static final List<String> ARABIC =
            List.of("ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة");

    private NumberWords() {}

    static boolean hasEnglish(int number) {
        return number >= 0 && number < 100;
    }

    static String english(int number) {
        if (number < 20) {
            return SMALL.get(number);
        }
        return TENS.get(number / 10) + (number % 10 == 0 ? "" : "-" + SMALL.get(number % 10));
    }

    static boolean hasArabic(int number) {
        return number >= 3 && number <= 10;
    }

    static String arabic(int number) {
        return ARABIC.get(number - 3);
    }
}
