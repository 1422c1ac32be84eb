package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;

/**
 * One reader's window on the page, with nothing kept from others. Closing it fails on anything that the browser complained about: errors
 * of scripts, violations of the content security policy, requests to other places.
 */
public final class Visit implements AutoCloseable {
    static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));

    public final Page page;
    private final BrowserContext context;
    private final List<String> faults = new ArrayList<>();

    private Visit(Browser browser, String address, Browser.NewContextOptions options) {
        context = browser.newContext(
                options.setLocale("en-GB").setTimezoneId("UTC").setAcceptDownloads(true));
        context.setDefaultTimeout(45_000);
        page = context.newPage();
        page.addInitScript(
                "addEventListener('securitypolicyviolation', e => console.error('CSP violation: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))");
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                faults.add(message.text());
            }
        });
        page.onPageError(faults::add);
        page.onRequest(request -> {
            if (!request.url().startsWith(address)
                    && !request.url().startsWith("blob:")
                    && !request.url().startsWith("data:")) {
                faults.add("a request to " + request.url());
            }
        });
        page.navigate(address);
        assertThat(page.locator("#composer")).isVisible();
    }

    static Visit begin(Browser browser, Mock mock) {
        return begin(browser, mock, 1280, 860, ColorScheme.LIGHT);
    }

    static Visit begin(Browser browser, Mock mock, int width, int height, ColorScheme scheme) {
        return begin(browser, mock.address(), width, height, scheme);
    }

    /** A visit to an address, which ends with a slash, of a server that says whether its models are loaded. */
    public static Visit begin(Browser browser, String address, int width, int height, ColorScheme scheme) {
        Visit visit = new Visit(
                browser,
                address,
                new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme));
        assertThat(visit.page.locator(".model-button .lamp").first()).isVisible();
        return visit;
    }

    /** A visit to a server that does not say whether its models are loaded, or says nothing without a key. */
    static Visit locked(Browser browser, Mock mock) {
        return locked(browser, mock.address());
    }

    /** As {@link #locked(Browser, Mock)}, of an address. */
    public static Visit locked(Browser browser, String address) {
        return new Visit(browser, address, new Browser.NewContextOptions().setViewportSize(1280, 860));
    }

    /** Whether there is a browser to test in. */
    public static boolean isPossible() {
        return Files.isExecutable(CHROMIUM);
    }

    public static Browser launch(Playwright playwright) {
        return playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    public static Playwright playwright() {
        return Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    }

    /** Asks and waits for the answers' end. */
    public Visit ask(String text) {
        begin(text);
        return settled();
    }

    /** Asks, and waits for the answer's beginning. */
    public Visit begin(String text) {
        int before = page.locator(".message.user").count();
        page.fill("#composer", text);
        page.keyboard().press("Enter");
        page.waitForFunction(
                "n => { const asked = document.querySelectorAll('.message.user').length;"
                        + " return asked > n && document.querySelectorAll('[data-state]').length >= asked; }",
                before);
        assertThat(page.locator("[data-state]").last()).isVisible();
        return this;
    }

    /** Waits until nothing streams. */
    public Visit settled() {
        assertThat(page.locator("[data-state=streaming]")).hasCount(0);
        return this;
    }

    public Locator answer() {
        return page.locator(".message.assistant").last();
    }

    public Locator question() {
        return page.locator(".message.user").last();
    }

    public Locator button(Locator in, String name) {
        return in.getByRole(
                com.microsoft.playwright.options.AriaRole.BUTTON,
                new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    public String style(String selector, String property) {
        return (String) page.evalOnSelector(selector, "(e, p) => getComputedStyle(e)[p]", property);
    }

    @Override
    public void close() {
        context.close();
        Assertions.assertThat(faults).as("what the browser complained about").isEmpty();
    }
}
