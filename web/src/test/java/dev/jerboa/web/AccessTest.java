package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page by keyboard alone, for those who listen, in both colours, and on a small screen. */
class AccessTest extends BrowserTest {
    private static String focus(Visit visit) {
        return (String)
                visit.page.evaluate(
                        "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.id || e.textContent.trim(); }");
    }

    @Test
    void everythingByKeyboard() {
        try (Visit visit = visit()) {
            var keys = visit.page.keyboard();
            assertThat(visit.page.locator("#composer")).isFocused();
            keys.type("say one");
            keys.press("Shift+Enter");
            keys.type("more");
            assertThat(visit.page.locator("#composer")).hasValue("say one\nmore");
            keys.press("Enter");
            assertThat(visit.page.locator("[data-state=done]")).hasCount(1);
            assertThat(visit.page.locator("#composer")).isFocused();
            // The first stop from the top is the link past the menu.
            visit.page.locator(".brand-link").focus();
            keys.press("Shift+Tab");
            assertThat(focus(visit)).isEqualTo("Skip to the conversation");
            assertThat(visit.page.locator(".skip")).isInViewport();
            keys.press("Enter");
            assertThat(visit.page.locator("#composer")).isFocused();
            // The picker: opened, narrowed, moved in, chosen; focus comes back.
            keys.press("Control+k");
            Locator find = visit.page.getByRole(AriaRole.COMBOBOX, new Page.GetByRoleOptions().setName("Find a model"));
            assertThat(find).isFocused();
            keys.press("ArrowDown");
            keys.press("Enter");
            assertThat(visit.page.locator(".model-name")).hasText("qwen3-8b");
            assertThat(visit.page.locator("#composer")).isFocused();
            keys.press("Control+k");
            assertThat(find).isFocused();
            for (int i = 0; i < 8; i++) {
                keys.press("Tab");
                assertThat((Boolean) visit.page.evaluate(
                                "() => document.querySelector('dialog').contains(document.activeElement)"))
                        .as("focus stays in the dialog")
                        .isTrue();
            }
            keys.press("Shift+Tab");
            keys.press("Escape");
            assertThat(visit.page.locator("dialog")).hasCount(0);
            assertThat(visit.page.locator("#composer")).isFocused();
            // Edit the last message and leave it.
            keys.press("ArrowUp");
            assertThat(visit.page.locator(".editing textarea")).isFocused();
            keys.press("Escape");
            assertThat(visit.page.locator("#composer")).isFocused();
            // A menu by arrows.
            visit.page.locator(".history-head .icon-button").focus();
            keys.press("Enter");
            assertThat(visit.page.getByRole(AriaRole.MENUITEM).first()).isFocused();
            assertThat(focus(visit)).isEqualTo("Export all chats");
            keys.press("ArrowDown");
            assertThat(focus(visit)).isEqualTo("Import chats");
            keys.press("Escape");
            assertThat(focus(visit)).isEqualTo("More");
            keys.press("Control+Shift+O");
            assertThat(visit.page.locator(".welcome")).isVisible();
            assertThat(visit.page.locator("#composer")).isFocused();
        }
    }

    @Test
    void tabGoesThroughAllControlsAndFocusIsSeen() {
        try (Visit visit = visit()) {
            visit.ask("say one");
            assertThat(visit.page.locator(".chat-row")).hasCount(1);
            visit.page.evaluate(
                    "() => { document.activeElement.blur(); window.seen = new Set(); window.unseen = []; }");
            for (int i = 0; i < 40; i++) {
                visit.page.keyboard().press("Tab");
                visit.page.evaluate("""
                        () => {
                          const e = document.activeElement;
                          if (e === document.body || seen.has(e)) return;
                          seen.add(e);
                          const marked = el => el && getComputedStyle(el).outlineStyle !== 'none' && parseFloat(getComputedStyle(el).outlineWidth) > 0;
                          if (!marked(e) && !marked(e.closest('.composer-field'))) unseen.push(e.outerHTML.slice(0, 120));
                        }""");
            }
            assertThat(visit.page.evaluate("() => unseen")).isEqualTo(List.of());
            assertThat(visit.page.evaluate("""
                            () => [...document.querySelectorAll('a[href], button, input, select, textarea')]
                              .filter(e => !e.disabled && e.checkVisibility() && !seen.has(e)).map(e => e.outerHTML.slice(0, 120))"""))
                    .as("controls that Tab does not come to")
                    .isEqualTo(List.of());
        }
    }

    /** Rules of axe-core, WCAG 2.1 A and AA, contrast included, in each state of the page. */
    @ParameterizedTest
    @CsvSource({"LIGHT, en", "DARK, en", "LIGHT, ar"})
    void noRuleIsBroken(ColorScheme scheme, String language) throws IOException {
        String axe = Files.readString(Path.of("node_modules", "axe-core", "axe.min.js"));
        try (Visit visit = Visit.begin(browser(), mock(), 1280, 860, scheme)) {
            visit.page.locator("#language").selectOption(language);
            visit.page.evaluate(axe);
            check(visit, "welcome");
            visit.ask("Show me some Java code");
            visit.ask("لماذا يقفز اليربوع؟");
            visit.ask("busy");
            visit.ask("What is the weather?");
            check(visit, "chat");
            visit.page.keyboard().press("Control+k");
            assertThat(visit.page.locator(".option")).hasCount(4);
            check(visit, "picker");
            visit.page.keyboard().press("Escape");
            visit.page.locator(".lane-head .icon-button").click();
            check(visit, "settings");
            visit.page.keyboard().press("Escape");
            visit.page.navigate(mock().address() + "#/compare");
            assertThat(visit.page.locator(".column")).hasCount(2);
            visit.ask("Why does hopping pay?");
            check(visit, "compare");
            visit.page.navigate(mock().address() + "#/server");
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            visit.page.locator(".quiet-button").first().click();
            check(visit, "server");
        }
    }

    static void check(Visit visit, String where) {
        Object broken = visit.page.evaluate("""
                async () => {
                  await Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})).filter(() => false));
                  const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations'] });
                  return found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? n.failureSummary)));
                }""");
        assertThat(broken).as(where).isEqualTo(List.of());
    }

    @Test
    void lightAndDarkByTheSystemAndByChoice() {
        try (Visit visit = Visit.begin(browser(), mock(), 1280, 860, ColorScheme.DARK)) {
            String dark = visit.style("body", "backgroundColor");
            assertThat(visit.style("html", "colorScheme")).isEqualTo("dark");
            visit.page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
            visit.page.waitForFunction("() => document.documentElement.dataset.theme === 'light'");
            assertThat(visit.style("body", "backgroundColor")).isNotEqualTo(dark);
            visit.page.locator("#theme").selectOption("dark");
            assertThat(visit.style("body", "backgroundColor")).isEqualTo(dark);
            visit.page.reload();
            visit.page.waitForFunction("() => document.documentElement.dataset.theme === 'dark'");
            assertThat(visit.style("body", "backgroundColor")).isEqualTo(dark);
        }
    }

    @Test
    void aNarrowScreenHasNothingBesideIt() {
        Browser browser = browser();
        try (Visit visit = Visit.begin(browser, mock(), 360, 700, ColorScheme.LIGHT)) {
            visit.page.evaluate("() => localStorage.clear()");
            visit.ask("Show me some Java code");
            visit.ask("لماذا يقفز اليربوع؟");
            assertThat(visit.page.evaluate("() => document.documentElement.scrollWidth"))
                    .isEqualTo(360);
            assertThat(
                            (Boolean)
                                    visit.page.evaluate(
                                            "() => { const b = document.querySelector('.lane-scroll'); return b.scrollWidth <= b.clientWidth; }"))
                    .isTrue();
            var send = visit.page.locator(".send").boundingBox();
            assertThat(send.x + send.width).isLessThanOrEqualTo(360);
            visit.page.locator(".lane-head .icon-button").click();
            var dialog = visit.page.locator("dialog").boundingBox();
            assertThat(dialog.x).isGreaterThanOrEqualTo(0);
            assertThat(dialog.x + dialog.width).isLessThanOrEqualTo(360);
            visit.page.keyboard().press("Escape");
            // The menu comes and goes; what it leaves behind, the visit's end tells.
            visit.page.locator(".opener button").click();
            assertThat(visit.page.locator(".history")).isVisible();
            visit.page.waitForTimeout(300);
            visit.page.locator(".veil").click(new Locator.ClickOptions().setPosition(350, 300));
            assertThat(visit.page.locator(".history")).hasCount(0);
            visit.page.waitForTimeout(300);
            visit.page.navigate(mock().address() + "#/server");
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            assertThat(
                            visit.page.evaluate(
                                    "() => { const m = document.querySelector('main'); return m.scrollWidth <= m.clientWidth; }"))
                    .isEqualTo(true);
        }
    }

    @Test
    void whoWantsLessMotionGetsNone() {
        mock().set("{\"pace\": 200}");
        try (Visit visit = visit()) {
            visit.page.emulateMedia(new Page.EmulateMediaOptions()
                    .setReducedMotion(com.microsoft.playwright.options.ReducedMotion.REDUCE));
            visit.begin("Why?");
            assertThat(visit.page.locator(".hops i").first()).hasCSS("animation-duration", "0.001s");
            visit.page.keyboard().press("Escape");
            visit.settled();
        }
    }
}
