package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import java.util.List;
import java.util.Locale;

/** Weekdays, dates, times of day and leap years. */
record Dates(String name) implements Task {
    private static final List<String> DAYS =
            List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
    private static final List<String> DAYS_ARABIC =
            List.of("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد");
    private static final List<String> MONTHS = List.of(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December");
    private static final List<String> MONTHS_ARABIC = List.of(
            "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر",
            "ديسمبر");
    private static final int[] LENGTHS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    private static final Phrases WEEKDAY = Phrases.of(
            List.of("What day is {0} days after {1}?", "Today is {1}. What day is it in {0} days?"),
            List.of("ما اليوم بعد {0} من الأيام من يوم {1}؟", "اليوم {1}. ما اليوم بعد {0} من الأيام؟"));
    private static final Phrases DATE = Phrases.of(
            List.of("What date is {0} days after {1} {2}?", "Today is {1} {2}. What date is it in {0} days?"),
            List.of("ما التاريخ بعد {0} من الأيام من {1} {2}؟"));
    private static final Phrases CLOCK = Phrases.of(
            List.of("What time is it {0} minutes after {1}?", "It is {1}. What time is it in {0} minutes?"),
            List.of("كم الساعة بعد {0} من الدقائق من {1}؟"));
    private static final Phrases LEAP =
            Phrases.of(List.of("Is {0} a leap year?", "{0}: leap year?"), List.of("هل السنة {0} كبيسة؟"));

    @Override
    public Example example(Draws draws) {
        Language language = Phrases.language(draws);
        return switch (draws.below(4)) {
            case 0 -> weekday(draws, language);
            case 1 -> date(draws, language);
            case 2 -> clock(draws, language);
            default -> leap(draws, language);
        };
    }

    private Example weekday(Draws draws, Language language) {
        List<String> names = language == Language.ARABIC ? DAYS_ARABIC : DAYS;
        int day = draws.below(7);
        int after = draws.between(1, 99);
        StringBuilder thinking = new StringBuilder();
        int rest = after % 7;
        thinking.append(after).append('=').append(after / 7).append("*7+").append(rest);
        thinking.append(':').append(names.get(day));
        for (int i = 1; i <= rest; i++) {
            thinking.append(';').append(i).append(' ').append(names.get((day + i) % 7));
        }
        return words(
                "weekday " + DAYS.get(day) + " " + after,
                language,
                WEEKDAY.say(draws, language, after, names.get(day)),
                thinking,
                names.get((day + after) % 7),
                names);
    }

    /** Not from February, whose length depends on the year, and never into its leap day. */
    private Example date(Draws draws, Language language) {
        List<String> names = language == Language.ARABIC ? MONTHS_ARABIC : MONTHS;
        int month = draws.below(11);
        month = month >= 1 ? month + 1 : month;
        int day = draws.between(1, LENGTHS[month]);
        int after = draws.between(1, 28);
        int sum = day + after;
        StringBuilder thinking = new StringBuilder();
        thinking.append(day).append('+').append(after).append('=').append(sum);
        thinking.append(sum > LENGTHS[month] ? '>' : sum < LENGTHS[month] ? '<' : '=')
                .append(LENGTHS[month]);
        int to = month;
        int at = sum;
        if (sum > LENGTHS[month]) {
            at = sum - LENGTHS[month];
            to = (month + 1) % 12;
            thinking.append(';')
                    .append(sum)
                    .append('-')
                    .append(LENGTHS[month])
                    .append('=')
                    .append(at);
        }
        return words(
                "date " + MONTHS.get(month) + " " + day + " " + after,
                language,
                DATE.say(draws, language, after, day, names.get(month)),
                thinking,
                at + " " + names.get(to),
                List.of());
    }

    private Example clock(Draws draws, Language language) {
        int hour = draws.below(24);
        int minute = draws.below(60);
        int after = draws.between(2, 59);
        int sum = minute + after;
        StringBuilder thinking = new StringBuilder();
        thinking.append(minute).append('+').append(after).append('=').append(sum);
        int toHour = hour;
        if (sum >= 60) {
            sum -= 60;
            toHour = hour + 1;
            thinking.append(";-60=")
                    .append(sum)
                    .append(';')
                    .append(hour)
                    .append("+1=")
                    .append(toHour);
            if (toHour == 24) {
                toHour = 0;
                thinking.append(";-24=0");
            }
        }
        return words(
                "clock " + time(hour, minute) + " " + after,
                language,
                CLOCK.say(draws, language, after, time(hour, minute)),
                thinking,
                time(toHour, sum),
                List.of());
    }

    private static String time(int hour, int minute) {
        return String.format(Locale.ROOT, "%02d:%02d", hour, minute);
    }

    private Example leap(Draws draws, Language language) {
        boolean century = draws.below(4) == 0;
        int year = century ? 100 * draws.between(12, 29) : draws.between(1500, 2499);
        int decided = year % 100 == 0 ? year / 100 : year % 100;
        boolean leap = decided % 4 == 0;
        StringBuilder thinking = new StringBuilder();
        if (year % 100 == 0) {
            thinking.append(year).append('=').append(decided).append("*100;");
        }
        thinking.append(decided).append('=').append(decided / 4).append("*4+").append(decided % 4);
        List<String> choices = language == Language.ARABIC ? List.of("نعم", "لا") : List.of("yes", "no");
        return words(
                "leap " + year,
                language,
                LEAP.say(draws, language, year),
                thinking,
                choices.get(leap ? 0 : 1),
                choices);
    }

    private Example words(
            String key,
            Language language,
            String question,
            CharSequence thinking,
            String answer,
            List<String> choices) {
        return Example.good(
                new Problem(name, name + " " + key, language, question, answer, new Check.Words(answer, choices)),
                thinking.toString());
    }
}
