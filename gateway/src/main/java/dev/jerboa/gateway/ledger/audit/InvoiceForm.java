package dev.jerboa.gateway.ledger.audit;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How an invoice is to be read. Names of columns and classes are compared without regard to capitals, and with spaces and hyphens as
 * underscores.
 *
 * @param date names that the column of the day may have; days as {@code 2026-11-30}, also with a time behind; one with a distance
 *     from UTC is of the day that it was in UTC
 * @param model names that the column of the model may have
 * @param tokenClass names that the column of the class of tokens may have
 * @param tokens names that the column of the count may have
 * @param cost names that the column of the cost in US dollars may have
 * @param classes which kinds of tokens a class has
 * @param models what the ledger calls a model of the invoice; one that is not here is called the same, or the same behind its author
 */
public record InvoiceForm(
        List<String> date,
        List<String> model,
        List<String> tokenClass,
        List<String> tokens,
        List<String> cost,
        Map<String, Set<TokenClass>> classes,
        Map<String, String> models) {
    /** Names that invoices and exports of usage commonly have. */
    public static final InvoiceForm COMMON = new InvoiceForm(
            List.of("date", "day", "usage_date", "start_time", "timestamp"),
            List.of("model", "model_name", "model_id", "sku"),
            List.of("token_class", "token_type", "type", "usage_type", "class"),
            List.of("tokens", "token_count", "quantity", "usage", "amount"),
            List.of("cost", "cost_usd", "amount_usd", "price_usd", "cost_in_usd"),
            classes(
                    new Named(EnumSet.of(TokenClass.INPUT), "input", "prompt", "uncached_input", "input_cache_miss"),
                    new Named(
                            EnumSet.of(TokenClass.CACHE_READ),
                            "cached_input",
                            "input_cached",
                            "input_cache_hit",
                            "cache_read"),
                    new Named(EnumSet.of(TokenClass.CACHE_WRITE), "cache_write", "cache_write_5m"),
                    new Named(EnumSet.of(TokenClass.CACHE_WRITE_LONG), "cache_write_1h"),
                    new Named(EnumSet.of(TokenClass.OUTPUT, TokenClass.REASONING), "output", "completion"),
                    new Named(EnumSet.of(TokenClass.REASONING), "reasoning"),
                    new Named(EnumSet.of(TokenClass.WEB_SEARCH), "web_search", "web_searches", "web_search_requests"),
                    new Named(EnumSet.of(TokenClass.WEB_FETCH), "web_fetch", "web_fetch_requests"),
                    new Named(EnumSet.of(TokenClass.FILE_SEARCH), "file_search", "file_searches")),
            Map.of());

    public InvoiceForm {
        date = List.copyOf(date);
        model = List.copyOf(model);
        tokenClass = List.copyOf(tokenClass);
        tokens = List.copyOf(tokens);
        cost = List.copyOf(cost);
        classes = Map.copyOf(classes);
        models = Map.copyOf(models);
    }

    /** What some names of classes stand for. */
    private record Named(Set<TokenClass> kinds, List<String> names) {
        Named(Set<TokenClass> kinds, String... names) {
            this(kinds, List.of(names));
        }
    }

    private static Map<String, Set<TokenClass>> classes(Named... all) {
        Map<String, Set<TokenClass>> classes = new HashMap<>();
        for (Named named : all) {
            named.names.forEach(name -> classes.put(name, named.kinds));
        }
        return classes;
    }

    /** The same, with names of models. */
    public InvoiceForm withModels(Map<String, String> names) {
        return new InvoiceForm(date, model, tokenClass, tokens, cost, classes, names);
    }

    static String plain(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace(' ', '_').replace('-', '_');
    }
}
