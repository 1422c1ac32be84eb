package dev.jerboa.web;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** One browser and one mock for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrowserTest {
    private @org.jspecify.annotations.Nullable Playwright playwright;
    private @org.jspecify.annotations.Nullable Browser browser;
    private @org.jspecify.annotations.Nullable Mock mock;

    @BeforeAll
    void open() throws IOException {
        String missing = Mock.missing();
        if (!missing.isEmpty()) {
            System.out.println("skipped: " + getClass().getSimpleName() + ": " + missing);
        }
        Assumptions.assumeTrue(missing.isEmpty(), missing);
        // Machines that test may be busy.
        com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        playwright = Visit.playwright();
        browser = Visit.launch(playwright);
        mock = Mock.start();
    }

    @BeforeEach
    void reset() {
        mock().reset();
    }

    @AfterAll
    void close() {
        if (browser != null) {
            browser.close();
        }
        if (playwright != null) {
            playwright.close();
        }
        if (mock != null) {
            mock.close();
        }
    }

    Browser browser() {
        return java.util.Objects.requireNonNull(browser, "the browser is not open");
    }

    Mock mock() {
        return java.util.Objects.requireNonNull(mock, "the mock is not started");
    }

    Visit visit() {
        return Visit.begin(browser(), mock());
    }
}
