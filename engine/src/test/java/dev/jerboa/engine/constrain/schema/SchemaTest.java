package dev.jerboa.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.Language;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.testkit.schema.SchemaValidator;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaTest {
    private static final SchemaOptions COMPACT = new SchemaOptions(Whitespace.COMPACT, false);

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static Language of(String schema) {
        return Language.of(Grammar.jsonSchema(json(schema), COMPACT));
    }

    private static void check(String schema, List<String> yes, List<String> no) {
        Language language = of(schema);
        SchemaValidator validator = SchemaValidator.of(json(schema));
        for (String text : yes) {
            assertThat(language.has(json(text)))
                    .as("%s allows %s", schema, text)
                    .isTrue();
            assertThat(validator.errors(json(text)))
                    .as("%s on %s", schema, text)
                    .isEmpty();
        }
        for (String text : no) {
            assertThat(language.has(json(text)))
                    .as("%s allows %s", schema, text)
                    .isFalse();
        }
    }

    @Test
    void types() {
        check("{'type':'null'}", List.of("null"), List.of("true", ""));
        check("{'type':['boolean','integer']}", List.of("true", "-7", "0"), List.of("null", "1.5", "-0", "01"));
        check("{'type':'number'}", List.of("1.50", "-0.1", "2e10", "1E-5"), List.of(".5", "1.", "+1", "1e"));
        check(
                "{'type':'string'}",
                List.of("'a\\n\\u00e9é😀'", "'\\ud83d\\ude00'"),
                List.of("'\\ud83d'", "'\n'", "'\\x'", "a"));
        check("true", List.of("{'a':[1,null,'x']}", "3"), List.of("{", "[1,]", "{'a'}"));
        check("{}", List.of("[]", "{}"), List.of());
        check("{'type':'array'}", List.of("[]", "[1,'a',[]]"), List.of("[1", "{}"));
        check("{'type':'object'}", List.of("{}", "{'a':{'b':[]}}"), List.of("[]", "{'a':}"));
        check("{'type':'string','nullable':true}".replace(",'nullable':true", ""), List.of("'a'"), List.of("null"));
        assertThat(of("{'type':'string','nullable':true}").has("null")).isTrue();
    }

    @Test
    void enumsAndConstants() {
        check(
                "{'enum':['a',1,1.5,null,true,{'a':[1]}]}",
                List.of("'a'", "1", "1.5", "null", "true", "{'a':[1]}"),
                List.of("2", "false"));
        check("{'const':'ü\\\"\\\\'}", List.of("'ü\\\"\\\\'"), List.of("'u'"));
        check("{'type':'integer','enum':[1,2.5,'x',3],'minimum':2}", List.of("3"), List.of("1", "2.5", "'x'"));
        check(
                "{'allOf':[{'enum':['a','b','c']},{'enum':['b','c']}],'pattern':'^c'}",
                List.of("'c'"),
                List.of("'a'", "'b'"));
        assertThatThrownBy(() -> of("{'type':'string','enum':[1]}")).hasMessageContaining("no text satisfies");
    }

    @Test
    void objects() {
        String schema =
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'string'},'c':{'type':'null'}},'required':['b']}";
        check(
                schema,
                List.of("{'b':'x'}", "{'a':1,'b':'x'}", "{'a':1,'b':'x','c':null}", "{'b':'','c':null}"),
                List.of("{}", "{'a':1}", "{'b':'x','a':1}", "{'b':1}", "{'b':'x','d':1}", "{,'b':'x'}", "{'b':'x',}"));
        check(
                schema.substring(0, schema.length() - 1) + ",'additionalProperties':{'type':'boolean'}}",
                List.of("{'b':'x','d':true}", "{'b':'x','c':null,'d':true,'aa':false}", "{'b':'x','':true}"),
                List.of("{'b':'x','a':true}", "{'b':'x','\\u0061':true}", "{'b':'x','d':1}", "{'d':true,'b':'x'}"));
        Language open = Language.of(Grammar.jsonSchema(json(schema), new SchemaOptions(Whitespace.COMPACT, true)));
        assertThat(open.has(json("{'b':'x','d':[]}"))).isTrue();
        check("{'properties':{}}", List.of("{}"), List.of("{'a':1}", "1"));
        check("{'required':['x y']}", List.of("{'x y':1}", "{'x y':1,'z':2}"), List.of("{}"));
        check(
                "{'type':'object','additionalProperties':{'type':'integer'}}",
                List.of("{'\\u0061':1}", "{}"),
                List.of("{'a':'b'}"));
        check("{'type':'object','properties':{'a':false,'b':true}}", List.of("{'b':[1]}", "{}"), List.of("{'a':1}"));
        check("{'properties':{'ü\\\"/~':{'const':1}},'required':['ü\\\"/~']}", List.of("{'ü\\\"/~':1}"), List.of("{}"));
    }

    @Test
    void numbersOfProperties() {
        check(
                "{'type':'object','minProperties':1,'maxProperties':2}",
                List.of("{'a':1}", "{'a':1,'b':2}"),
                List.of("{}", "{'a':1,'b':2,'c':3}"));
        String three = "'properties':{'a':{'const':1},'b':{'const':1},'c':{'const':1}}";
        check(
                "{" + three + ",'minProperties':2}",
                List.of("{'a':1,'c':1}", "{'b':1,'c':1}", "{'a':1,'b':1,'c':1}"),
                List.of("{'a':1}", "{}"));
        check("{" + three + ",'maxProperties':1}", List.of("{}", "{'c':1}"), List.of("{'a':1,'c':1}"));
        check(
                "{" + three
                        + ",'required':['b'],'minProperties':2,'maxProperties':2,'additionalProperties':{'const':2}}",
                List.of("{'a':1,'b':1}", "{'b':1,'x':2}"),
                List.of("{'b':1}", "{'a':1,'b':1,'x':2}", "{'x':2,'y':2}"));
        check(
                "{" + three + ",'minProperties':4,'additionalProperties':{'const':2}}",
                List.of("{'a':1,'b':1,'c':1,'x':2}"),
                List.of("{'a':1,'b':1,'c':1}", "{'a':1,'x':2,'x':2,'x':2}"));
        assertThatThrownBy(() -> of("{" + three + ",'minProperties':5,'additionalProperties':{'const':2}}"))
                .hasMessageContaining("may come twice");
        assertThatThrownBy(() -> of("{" + three + ",'minProperties':5}")).hasMessageContaining("no text satisfies");
    }

    @Test
    void patternsOfNames() {
        check(
                "{'properties':{'x_a':{'minimum':5}},'patternProperties':{'^x_':{'type':'integer'},'^s':{'type':'string'}},'additionalProperties':false}",
                List.of("{'x_a':7}", "{'x_b':1}", "{'s1':'t','x_':0}", "{'x_a':5,'x_b':1}"),
                List.of("{'x_a':1}", "{'x_b':'t'}", "{'y':1}", "{'s':1}"));
        check(
                "{'patternProperties':{'a':{'minimum':1},'b':{'maximum':3,'type':'integer'}},'additionalProperties':{'const':'o'}}",
                List.of("{'a':9}", "{'b':-1}", "{'ab':2}", "{'c':'o'}"),
                List.of("{'ab':0}", "{'ab':4}", "{'c':1}", "{'a':0}"));
    }

    @Test
    void arrays() {
        check(
                "{'type':'array','items':{'type':'integer'},'minItems':1,'maxItems':3}",
                List.of("[1]", "[1,2,3]"),
                List.of("[]", "[1,2,3,4]", "['a']"));
        check(
                "{'prefixItems':[{'const':1},{'const':2}],'items':{'const':3}}",
                List.of("[]", "[1]", "[1,2]", "[1,2,3,3]"),
                List.of("[2]", "[1,2,4]"));
        check(
                "{'prefixItems':[{'const':1},{'const':2}],'items':false,'minItems':1}",
                List.of("[1]", "[1,2]"),
                List.of("[]", "[1,2,3]"));
        check("{'prefixItems':[{'const':1},false]}", List.of("[]", "[1]"), List.of("[1,2]"));
        check(
                "{'allOf':[{'items':{'minimum':1}},{'items':{'maximum':2}}],'type':'array'}",
                List.of("[1,2,1.5]"),
                List.of("[0]", "[3]"));
        check(
                "{'type':'array','items':{'const':1},'minItems':70,'maxItems':80}",
                List.of("[1" + ",1".repeat(69) + "]", "[1" + ",1".repeat(79) + "]"),
                List.of("[1" + ",1".repeat(68) + "]", "[1" + ",1".repeat(80) + "]"));
        check("{'type':'array','maxItems':0}", List.of("[]"), List.of("[1]"));
        check("{'type':'array','uniqueItems':true,'maxItems':1}", List.of("[]", "[1]"), List.of("[1,1]"));
        Language tuple = of("{'type':'array','items':[{'const':1}],'additionalItems':false}");
        assertThat(tuple.has("[1]")).isTrue();
        assertThat(tuple.has("[1,1]")).isFalse();
    }

    @Test
    void strings() {
        check(
                "{'type':'string','minLength':2,'maxLength':3}",
                List.of("'ab'", "'é😀日'", "'\\n\\n\\n'"),
                List.of("'a'", "'abcd'"));
        check("{'type':'string','maxLength':0}", List.of("''"), List.of("'a'"));
        check("{'type':'string','pattern':'b+'}", List.of("'abc'", "'b'"), List.of("'a'"));
        check("{'type':'string','pattern':'^[a-z\\\"]+$'}", List.of("'ab\\\"'"), List.of("'A'", "''"));
        check(
                "{'type':'string','pattern':'^[a-z]+$','minLength':2,'maxLength':500}",
                List.of("'ab'"),
                List.of("'a'", "'A'"));
        check(
                "{'type':'string','pattern':'^(ab|c)+$','minLength':3,'maxLength':4}",
                List.of("'abc'", "'cccc'"),
                List.of("'ab'", "'ababc'"));
        check(
                "{'allOf':[{'pattern':'^a'},{'pattern':'b$'}],'type':'string'}",
                List.of("'ab'", "'axb'"),
                List.of("'a'", "'bb'"));
        check(
                "{'type':'string','minLength':1000}",
                List.of("'" + "x".repeat(1000) + "'"),
                List.of("'" + "x".repeat(999) + "'"));
    }

    @Test
    void formats() {
        check(
                "{'format':'date','type':'string'}",
                List.of("'2024-02-29'", "'2000-02-29'", "'2023-12-31'"),
                List.of("'2023-02-29'", "'1900-02-29'", "'2023-04-31'", "'2023-13-01'"));
        check(
                "{'format':'time','type':'string'}",
                List.of("'23:59:59Z'", "'00:00:00.123+05:30'"),
                List.of("'24:00:00Z'", "'12:00Z'"));
        check(
                "{'format':'date-time','type':'string'}",
                List.of("'2024-02-29T12:34:56Z'", "'2024-01-01T00:00:00.5-08:00'"),
                List.of("'2024-01-01 00:00:00Z'"));
        check(
                "{'format':'uuid','type':'string'}",
                List.of("'123e4567-e89b-12d3-a456-426614174000'"),
                List.of("'123e4567e89b12d3a456426614174000'"));
        check(
                "{'format':'ipv4','type':'string'}",
                List.of("'0.10.255.1'"),
                List.of("'256.1.1.1'", "'01.1.1.1'", "'1.1.1'"));
        check(
                "{'format':'ipv6','type':'string'}",
                List.of("'::'", "'::1'", "'1:2:3:4:5:6:7:8'", "'1::8'", "'::ffff:1.2.3.4'", "'1:2:3:4:5:6:7::'"),
                List.of("'1:2:3:4:5:6:7'", "':::'", "'1::2::3'"));
        check(
                "{'format':'email','type':'string'}",
                List.of("'a.b+c@example.org'"),
                List.of("'a'", "'a@b@c.de'", "'.a@b.cd'"));
        check("{'format':'hostname','type':'string'}", List.of("'a-b.example.org'"), List.of("'-a'", "'a_b'"));
        check(
                "{'format':'uri','type':'string'}",
                List.of("'https://example.org:80/a%20b?c=d#e'", "'mailto:a@b.cd'"),
                List.of("'a b'", "'/x'"));
        check("{'format':'duration','type':'string'}", List.of("'P1Y2M3D'", "'PT5M'", "'P3W'"), List.of("'P'", "'1D'"));
        check("{'format':'int64','type':'integer'}", List.of("5"), List.of("'5'"));
        check("{'format':'date','type':'string','pattern':'^2024'}", List.of("'2024-02-29'"), List.of("'2023-02-28'"));
    }

    @Test
    void unions() {
        check(
                "{'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]}",
                List.of("1", "'a'"),
                List.of("'ab'", "1.5"));
        check("{'oneOf':[{'const':1},{'const':2}]}", List.of("1", "2"), List.of("3"));
        check(
                "{'type':'object','properties':{'k':{'type':'string'}},'required':['k'],'anyOf':[{'properties':{'k':{'const':'a'},'x':{'const':1}},'required':['x']},{'properties':{'k':{'const':'b'}}}]}",
                List.of("{'k':'a','x':1}", "{'k':'b'}"),
                List.of("{'k':'a'}", "{'k':'c'}"));
        check(
                "{'allOf':[{'anyOf':[{'minimum':5},{'maximum':1}]},{'anyOf':[{'type':'integer'},{'type':'null'}]}]}",
                List.of("7", "0"),
                List.of("3"));
        check("{'anyOf':[false,{'const':1}]}", List.of("1"), List.of("2"));
    }

    @Test
    void alternativesThatExcludeEachOther() {
        check(
                "{'oneOf':[{'type':'integer','maximum':3},{'type':'integer','exclusiveMinimum':3},{'type':'null'}]}",
                List.of("3", "4", "null"),
                List.of("'a'"));
        check(
                "{'oneOf':[{'type':'string','maxLength':2},{'type':'string','minLength':3}]}",
                List.of("'ab'", "'abc'"),
                List.of("1"));
        check(
                "{'oneOf':[{'type':'string','pattern':'^a'},{'type':'string','pattern':'^b'}]}",
                List.of("'a'", "'bc'"),
                List.of("'c'"));
        check(
                "{'oneOf':[{'enum':['x','y']},{'enum':['z',1]},{'type':'array'}]}",
                List.of("'y'", "1", "[]"),
                List.of("'w'"));
        check(
                "{'oneOf':[{'type':'array','maxItems':1},{'type':'array','minItems':2}]}",
                List.of("[]", "[1,2]"),
                List.of("1"));
        check(
                "{'type':'object','properties':{'k':{'type':'string'}},'required':['k'],'oneOf':[{'properties':{'k':{'const':'a'}}},{'properties':{'k':{'enum':['b','c']},'n':{'const':1}}}]}",
                List.of("{'k':'a'}", "{'k':'c','n':1}"),
                List.of("{'k':'d'}", "{'k':'a','n':1}"));
        check(
                "{'oneOf':[{'type':'object','properties':{'a':{'type':'null'}},'required':['a'],'additionalProperties':false},{'type':'object','properties':{'b':{'type':'null'}},'required':['b'],'additionalProperties':false}]}",
                List.of("{'a':null}", "{'b':null}"),
                List.of("{}"));
    }

    @Test
    void dependencies() {
        check(
                "{'type':'object','properties':{'a':{'const':1},'b':{'const':2},'c':{'const':3}},'dependentRequired':{'a':['c'],'b':[]}}",
                List.of("{}", "{'b':2}", "{'a':1,'c':3}", "{'a':1,'b':2,'c':3}", "{'c':3}"),
                List.of("{'a':1}", "{'a':1,'b':2}"));
        check(
                "{'type':'object','properties':{'a':{'const':1},'b':{'type':'integer'}},'dependentSchemas':{'a':{'properties':{'b':{'maximum':5}},'required':['b']}}}",
                List.of("{'b':7}", "{'a':1,'b':5}", "{}"),
                List.of("{'a':1,'b':6}", "{'a':1}"));
    }

    @Test
    void anchors() {
        check(
                "{'items':{'$ref':'#one'},'$defs':{'x':{'$anchor':'one','const':1}}}",
                List.of("[1,1]", "[]"),
                List.of("[2]"));
    }

    @Test
    void references() {
        check(
                "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'v':{'type':'integer'},'next':{'anyOf':[{'$ref':'#/$defs/node'},{'type':'null'}]}},'required':['v','next']}}}",
                List.of("{'v':1,'next':null}", "{'v':1,'next':{'v':2,'next':{'v':3,'next':null}}}"),
                List.of("{'v':1}", "{'v':1,'next':{'v':2}}"));
        check("{'type':'array','items':{'$ref':'#'}}", List.of("[]", "[[],[[]]]"), List.of("[1]"));
        check(
                "{'properties':{'a~b/c d':{'const':1},'x':{'$ref':'#/properties/a~0b~1c%20d'}}}",
                List.of("{'x':1}"), List.of("{'x':2}"));
        check(
                "{'$ref':'#/definitions/i','maximum':3,'definitions':{'i':{'type':'integer','minimum':1}}}",
                List.of("1", "3"),
                List.of("0", "4"));
        check(
                "{'allOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/a'}],'$defs':{'a':{'const':1}}}",
                List.of("1"),
                List.of("2"));
        check("{'prefixItems':[{'const':1}],'items':{'$ref':'#/prefixItems/0'}}", List.of("[1,1]"), List.of("[1,2]"));
    }

    @Test
    void annotationsAreIgnored() {
        check(
                "{'$schema':'https://json-schema.org/draft/2020-12/schema','$id':'https://a.b/c','title':'t','description':'d','default':1,'examples':[2],'$comment':'c','x-more':{'not':1},'deprecated':true,'type':'integer'}",
                List.of("1"),
                List.of("'a'"));
    }

    @Test
    void whiteSpaceIsBounded() {
        Language language = Language.of(Grammar.jsonSchema(
                json("{'type':'object','properties':{'a':{'type':'array'},'b':{}}}"), SchemaOptions.DEFAULT));
        assertThat(language.has(json("{'a':[],'b':1}"))).isTrue();
        assertThat(language.has(json("{'a': [1, 2], 'b': {}}"))).isTrue();
        assertThat(language.has(json("{\n  'a': [\n    1,\n    2\n  ],\n  'b': { }\n}")))
                .isTrue();
        assertThat(language.has(json("{\n\t'a': []\n}"))).isTrue();
        assertThat(language.begins(json("{\n\n"))).isFalse();
        assertThat(language.begins(json("{  "))).isFalse();
        assertThat(language.begins(json("{\n" + " ".repeat(41)))).isFalse();
        assertThat(language.begins(json("{'a' "))).isFalse();
    }

    /** Schema, where the message says that it is, and what it says. */
    private static final String[][] REFUSED = {
        {"{'not':{}}", "#/not", "the keyword not is not supported"},
        {"{'properties':{'a/b':{'if':{}}}}", "#/properties/a~1b/if", "the keyword if"},
        {"{'type':'array','contains':{}}", "#/contains", "the keyword contains"},
        {"{'oneOf':[{'type':'integer'},{'type':'number'}]}", "#/oneOf/1", "could satisfy this alternative"},
        {"{'oneOf':[{'required':['a']},{'required':['b']}]}", "#/oneOf/1", "tell them apart"},
        {
            "{'type':'object','oneOf':[{'properties':{'a':{}},'required':['a']},{'properties':{'b':{}},'required':['b']}]}",
            "#/oneOf/1",
            "and #/oneOf/0"
        },
        {"{'properties':{'x':{'oneOf':[{'type':'string'},{'maxLength':3}]}}}", "#/properties/x/oneOf/1", "use anyOf"},
        {"{'oneOf':[{'type':'string','format':'date'},{'type':'string','format':'email'}]}", "#/oneOf/1", "use anyOf"},
        {"{'unevaluatedProperties':false}", "#/unevaluatedProperties", "additionalProperties: false"},
        {"{'type':'array','uniqueItems':true}", "#/uniqueItems", "uniqueItems is not supported"},
        {"{'propertyNames':{}}", "#/propertyNames", "patternProperties"},
        {"{'$ref':'https://a.b/c'}", "#/$ref", "another document"},
        {"{'items':{'$id':'https://a.b/c','$ref':'#/$defs/x'},'$defs':{'x':{}}}", "#/items/$ref", "$id of its own"},
        {"{'$ref':'#anchor'}", "#/$ref", "$anchor"},
        {"{'$ref':'#/$defs/a'}", "#/$ref", "leads nowhere"},
        {"{'$ref':'#/%zz'}", "#/$ref", "malformed % escape"},
        {"{'$ref':'#'}", "#", "itself"},
        {"{'anyOf':[{'$ref':'#'},{'const':1}]}", "#", "itself"},
        {"{'anyOf':[{'$ref':'#'}],'type':'integer'}", "#", "itself"},
        {"{'type':'strin'}", "#/type", "found a string"},
        {"{'type':5}", "#/type", "expected a string, found the number 5"},
        {"{'properties':[]}", "#/properties", "expected an object, found an array"},
        {"{'properties':{'a':3}}", "#/properties/a", "expected an object, found the number 3"},
        {"{'required':'a'}", "#/required", "expected an array"},
        {"{'minLength':-1}", "#/minLength", "a whole number from 0"},
        {"{'minLength':1.5}", "#/minLength", "a whole number from 0"},
        {"{'minLength':99999999}", "#/minLength", "beyond the limit"},
        {"{'pattern':'(?=a)'}", "#/pattern", "look-ahead"},
        {"{'anyOf':[]}", "#/anyOf", "at least one schema"},
        {"{'multipleOf':0}", "#/multipleOf", "above 0"},
        {"{'multipleOf':123456}", "#/multipleOf", "not supported"},
        {"{'enum':[{'a':1}],'properties':{}}", "#/enum/0", "not supported"},
        {"{'type':'object','properties':{'a':false},'required':['a']}", "#", "no text satisfies"},
        {"{'type':'integer','minimum':3,'maximum':2}", "#", "no text satisfies"},
        {"5", "#", "expected an object"},
    };

    @Test
    void refusesByNameAndPointer() {
        for (String[] one : REFUSED) {
            assertThatThrownBy(() -> of(one[0]))
                    .as(one[0])
                    .isInstanceOf(ConstraintException.class)
                    .hasMessageContaining(one[1])
                    .hasMessageContaining(one[2]);
        }
        assertThatThrownBy(() -> of("{'a'"))
                .isInstanceOf(ConstraintException.class)
                .hasMessageContaining("JSON");
    }
}
