package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

    private static final Phrases WEEKDAY = Phrases.of("weekday");
    private static final Phrases DATE = Phrases.of("date");
    private static final Phrases CLOCK = Phrases.of("clock");
    private static final Phrases LEAP = Phrases.of("leap");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        return switch (draws.below(4)) {
            case 0 -> weekday(draws, wordings);
            case 1 -> date(draws, wordings);
            case 2 -> clock(draws, wordings);
            default -> leap(draws, wordings);
        };
    }

    /** Whole weeks are left out, and days counted down to 0: {@code 16=2*7+2;Friday 2;Saturday 1;Sunday 0}. */
    private Example weekday(Draws draws, Wordings wordings) {
        int day = draws.below(7);
        int after = draws.between(1, 99);
        Speaker speaker = Speaker.of(draws, wordings);
        List<String> names = speaker.arabic() ? DAYS_ARABIC : DAYS;
        StringBuilder thinking = new StringBuilder();
        int rest = after % 7;
        thinking.append(after).append('=').append(after / 7).append("*7+").append(rest);
        for (int i = 0; i <= rest; i++) {
            thinking.append(';').append(names.get((day + i) % 7)).append(' ').append(rest - i);
        }
        return words(
                speaker,
                "weekday " + DAYS.get(day) + " " + after,
                speaker.ask(WEEKDAY, Map.of("n", after, "day", names.get(day))),
                thinking,
                names.get((day + after) % 7),
                names);
    }

    /**
     * Not from February, whose length depends on the year, and never into its leap day. The working says how long the month is, and, where
     * the days go beyond it, which is the next.
     */
    private Example date(Draws draws, Wordings wordings) {
        int month = draws.below(11);
        month = month >= 1 ? month + 1 : month;
        int day = draws.between(1, LENGTHS[month]);
        int after = draws.between(1, 28);
        int sum = day + after;
        Speaker speaker = Speaker.of(draws, wordings);
        List<String> names = speaker.arabic() ? MONTHS_ARABIC : MONTHS;
        StringBuilder thinking = new StringBuilder();
        thinking.append(names.get(month)).append(' ').append(LENGTHS[month]).append('\n');
        Columns.add(thinking, day, after);
        int to = month;
        int at = sum;
        if (sum > LENGTHS[month]) {
            at = sum - LENGTHS[month];
            to = (month + 1) % 12;
            Columns.subtract(thinking.append('\n'), sum, LENGTHS[month]);
        }
        thinking.append('\n').append(names.get(to));
        String asked =
                !speaker.arabic() && draws.chance(0.3) ? names.get(month) + " " + day : day + " " + names.get(month);
        return words(
                speaker,
                "date " + MONTHS.get(month) + " " + day + " " + after,
                speaker.ask(DATE, Map.of("n", after, "date", asked)),
                thinking,
                at + " " + names.get(to),
                List.of());
    }

    private Example clock(Draws draws, Wordings wordings) {
        int hour = draws.below(24);
        int minute = draws.below(60);
        int after = draws.between(2, 59);
        int sum = minute + after;
        StringBuilder thinking = new StringBuilder();
        Columns.add(thinking, minute, after);
        int toHour = hour;
        if (sum >= 60) {
            Columns.subtract(thinking.append('\n'), sum, 60);
            sum -= 60;
            toHour = hour + 1;
            thinking.append('\n').append(hour).append("+1=").append(toHour);
            if (toHour == 24) {
                toHour = 0;
                thinking.append(";24-24=0");
            }
        }
        Speaker speaker = Speaker.of(draws, wordings);
        boolean plain = draws.chance(0.3);
        String asked = plain ? hour + time(hour, minute).substring(2) : time(hour, minute);
        return words(
                speaker,
                "clock " + time(hour, minute) + " " + after,
                speaker.ask(CLOCK, Map.of("n", after, "time", asked)),
                thinking,
                time(toHour, sum),
                List.of());
    }

    private static String time(int hour, int minute) {
        return String.format(Locale.ROOT, "%02d:%02d", hour, minute);
    }

    private Example leap(Draws draws, Wordings wordings) {
        boolean century = draws.below(4) == 0;
        int year = century ? 100 * draws.between(12, 29) : draws.between(1500, 2499);
        int decided = year % 100 == 0 ? year / 100 : year % 100;
        StringBuilder thinking = new StringBuilder();
        if (year % 100 == 0) {
            thinking.append(year).append('=').append(decided).append("*100;");
        }
        thinking.append(decided).append('=').append(decided / 4).append("*4+").append(decided % 4);
        Speaker speaker = Speaker.of(draws, wordings);
        List<String> choices = Answers.yesNo(speaker);
        return words(
                speaker,
                "leap " + year,
                speaker.ask(LEAP, Map.of("n", year)),
                thinking,
                choices.get(decided % 4 == 0 ? 0 : 1),
                choices);
    }

    private Example words(
            Speaker speaker, String key, String question, CharSequence thinking, String answer, List<String> choices) {
        return speaker.example(name, key, question, thinking, answer, new Check.Words(answer, choices));
    }
}
