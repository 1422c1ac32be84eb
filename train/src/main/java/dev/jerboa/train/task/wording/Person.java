package dev.jerboa.train.task.wording;

/** Somebody in a story, by the same name in both languages. */
public record Person(String english, String arabic, boolean she) {}
