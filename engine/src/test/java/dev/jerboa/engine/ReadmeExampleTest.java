package dev.jerboa.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java programs that README shows compile as they stand. */
class ReadmeExampleTest {
    private static final Pattern PROGRAM = Pattern.compile("```java\\n(.*?public class (\\w+).*?)```", Pattern.DOTALL);

    @Test
    void programsCompile(@TempDir Path out) throws Exception {
        String readme = Files.readString(
                Path.of(System.getProperty("jerboa.root", "..")).resolve("README.md"));
        Matcher program = PROGRAM.matcher(readme);
        int programs = 0;
        while (program.find()) {
            compile(program.group(2), program.group(1), out);
            programs++;
        }
        assertThat(programs).as("programs in README").isPositive();
    }

    private static void compile(String name, String text, Path out) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        JavaFileObject source =
                new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return text;
                    }
                };
        List<String> options =
                List.of("-d", out.toString(), "-cp", System.getProperty("java.class.path"), "-Xlint:all");
        boolean compiled = compiler.getTask(null, null, problems, options, null, List.of(source))
                .call();
        assertThat(compiled).as("%s: %s", name, problems.getDiagnostics()).isTrue();
    }
}
