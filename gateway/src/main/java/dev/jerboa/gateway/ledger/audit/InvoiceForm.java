package dev.jerboa.gateway.ledger.audit;

import java.util.EnumSet;
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
            Map.ofEntries(
                    Map.entry("input", EnumSet.of(TokenClass.INPUT)),
                    Map.entry("prompt", EnumSet.of(TokenClass.INPUT)),
                    Map.entry("uncached_input", EnumSet.of(TokenClass.INPUT)),
                    Map.entry("input_cache_miss", EnumSet.of(TokenClass.INPUT)),
                    Map.entry("cached_input", EnumSet.of(TokenClass.CACHE_READ)),
                    Map.entry("input_cached", EnumSet.of(TokenClass.CACHE_READ)),
                    Map.entry("input_cache_hit", EnumSet.of(TokenClass.CACHE_READ)),
                    Map.entry("cache_read", EnumSet.of(TokenClass.CACHE_READ)),
                    Map.entry("cache_write", EnumSet.of(TokenClass.CACHE_WRITE)),
                    Map.entry("cache_write_5m", EnumSet.of(TokenClass.CACHE_WRITE)),
                    Map.entry("cache_write_1h", EnumSet.of(TokenClass.CACHE_WRITE_LONG)),
                    Map.entry("output", EnumSet.of(TokenClass.OUTPUT, TokenClass.REASONING)),
                    Map.entry("completion", EnumSet.of(TokenClass.OUTPUT, TokenClass.REASONING)),
                    Map.entry("reasoning", EnumSet.of(TokenClass.REASONING)),
                    Map.entry("web_search", EnumSet.of(TokenClass.WEB_SEARCH)),
                    Map.entry("web_searches", EnumSet.of(TokenClass.WEB_SEARCH)),
                    Map.entry("web_search_requests", EnumSet.of(TokenClass.WEB_SEARCH)),
                    Map.entry("web_fetch", EnumSet.of(TokenClass.WEB_FETCH)),
                    Map.entry("web_fetch_requests", EnumSet.of(TokenClass.WEB_FETCH)),
                    Map.entry("file_search", EnumSet.of(TokenClass.FILE_SEARCH)),
                    Map.entry("file_searches", EnumSet.of(TokenClass.FILE_SEARCH))),
            Map.of());

    public InvoiceForm {
        classes = Map.copyOf(classes);
        models = Map.copyOf(models);
    }

    /** The same, with names of models. */
    public InvoiceForm withModels(Map<String, String> names) {
        return new InvoiceForm(date, model, tokenClass, tokens, cost, classes, names);
    }

    static String plain(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace(' ', '_').replace('-', '_');
    }
}
