package dev.jerboa.gateway.ledger.audit;

import java.time.LocalDate;
import java.util.Set;

/** What an invoice says of a model's tokens of some classes on a day; money in nano-dollars, negative for credits. */
record InvoiceLine(LocalDate day, String model, Set<TokenClass> classes, long tokens, long nanos) {}
