package dev.jerboa.gateway.share.table;

/**
 * A column of a table.
 *
 * @param id what programs call it
 * @param title what people read
 */
public record Column(String id, String title, Unit unit) {}
