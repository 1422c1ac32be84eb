package dev.jerboa.hub.name;

/**
 * A file in a hub's list.
 *
 * @param path its name in the repository, with / between folders
 * @param bytes its size; −1 where the list does not say
 */
public record ListedFile(String path, long bytes) {}
