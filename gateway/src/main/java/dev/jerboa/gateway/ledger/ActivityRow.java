package dev.jerboa.gateway.ledger;

import java.time.LocalDate;

/** What was used of an endpoint on a day (UTC). The endpoint's model and provider are those of that day. */
public record ActivityRow(LocalDate day, String endpoint, String model, String provider, Sums sums) {}
