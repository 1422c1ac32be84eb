#!/usr/bin/env python3
"""Writes jinja_cases.json: templates and what jinja2 3.1.6, set up as transformers does, makes of them.

Run: python3 jinja_cases.py > jinja_cases.json   (needs jinja2 3.1.6)
"""
import copy
import datetime
import itertools
import json
import re
import sys
import warnings

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

warnings.simplefilter("ignore")


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_caller"), [], [], body).set_lineno(line)

    def _caller(self, caller):
        return caller()


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda f: datetime.datetime(2025, 3, 4, 15, 6, 7).strftime(f)
    return env


VARIABLES = {
    "t": True, "f": False, "n": None, "i": 7, "z": 0, "neg": -3, "big": 9007199254740993, "x": 2.5, "half": 0.5,
    "s": "hello World", "e": "", "u": "é😀ü ß", "q": "it's \"q\"", "nl": "a\nb\r\nc\n\n  d", "sp": "  pad \t",
    "html": "<b a='1'>&amp;\"</b>", "csv": "a,b,,c", "num": "42", "fl": "3.75",
    "l": [3, 1, 2], "w": ["pear", "Apple", "fig", "apple"], "ll": [[1, 2], [3, 4]], "el": [], "mix": [1, "a", None, 2.5, True],
    "d": {"b": 1, "A": 2, "c": {"k": [1, {"z": None}]}}, "ed": {}, "keyed": {"items": 1, "keys": "K", "get": 3, "x y": 4},
    "people": [{"name": "Bo", "age": 30, "tag": "x"}, {"name": "al", "age": 25, "tag": "y"}, {"name": "Cy", "age": 30}],
    "m": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, {"role": "user", "content": [{"type": "text", "text": "p"}]}],
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}, {"v": 5, "kids": []}],
}

CASES = []


def add(*templates):
    CASES.extend(templates)


def exprs(text):
    """One expression a line, printed between brackets."""
    for line in text.strip().splitlines():
        if line.strip():
            add("[{{ " + line.strip() + " }}]")


# every value printed, in a list, as truth, as json, and through filters without arguments
values = list(VARIABLES) + ["1", "-1", "1.0", "1e3", "1e16", "1e15", "123456789.125", "1e-4", "1e-5", "0.1+0.2", "1e300*1e10", "-0.0", "()", "(1,)",
          "(1,'a')", "{}", "{'a':1,2:'b',none:true}", "range(3)", "range(1,9,3)", "nope", "d.nope", "'\\t\\x01\\u00e9'",
          "namespace(a=1)", "dict(a=1)", "d.items()", "d.keys()", "d.values()", "'a'|safe", "cycler(1,2)|string|length > 0"]
for v in values:
    add("{{ %s }}|{{ [%s] }}|{{ 'T' if (%s) else 'F' }}" % (v, v, v), "{{ (%s)|tojson }}" % v)
    for test in ("defined none boolean true false integer float number string mapping iterable sequence callable odd even "
                 "lower upper escaped undefined").split():
        add("{{ (%s) is %s }}" % (v, test))
small = ["t", "n", "i", "neg", "x", "s", "e", "u", "html", "num", "fl", "l", "w", "el", "mix", "d", "ed", "people", "(3,1)", "range(3)", "nope", "l|map('string')",
         "' 12 '", "'0x1F'", "'1_000'", "'-7.9'", "'1e3'", "'inf'", "'nan'", "-2.5", "'A-b c_d (x)'", "'ǆa'", "'ŉ'", "'ΑΣ'", "'İ'"]
assert jinja2.__version__ == "3.1.6"
for v in small:
    for flt in ("abs capitalize center count escape first float forceescape indent int join last length list lower items max min reverse round "
                "safe select reject sort string striptags sum title tojson trim truncate unique upper urlencode wordcount|string wordwrap dictsort xmlattr "
                "pprint reverse|list unique|list items|list select|list reject|list map('upper')|list batch(2)|list slice(2)|list filesizeformat").split():
        if flt in ("items", "select", "reject", "unique", "reverse") and v != "nope":
            continue  # prints an address
        if "map" not in v or flt not in ("wordcount|string", "upper"):  # those show an address
            add("[{{ (%s)|%s }}]" % (v, flt))

# operators over all pairs
operands = ["t", "n", "7", "-3", "0", "2.5", "-0.5", "'ab'", "''", "[1]", "[]", "(1,)", "{'a':1}", "nope", "'<'|safe"]
for a, b in itertools.product(operands, operands):
    for op in ("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"):
        if op == "**" and b == "'ab'":
            continue
        add("{{ %s %s %s }}" % (a, op, b))

exprs(r"""
1 + 2 * 3 - 4 / 2
2 ** 3 ** 2
-2 ** 2
(-2) ** 2
2 ** -1
7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, -7.5 % 2
-7.5 // 2
1 - -1
+1 - +2
not true == false
not (1 > 2) and 3
1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2
1 == 1.0, true == 1, 'a' == 'a', none == false, [1] == [1.0], (1,) == [1]
1 if true
1 if false
(1 if false) is defined
1 if false else 2 if false else 3
'a' ~ 1 ~ none ~ 2.0 ~ true ~ [1,'x']
'a' 'b' "c"
"a" ~ 'b' + 'c'
1 ~ 2 + 3
[1,2,3][-1], [1,2,3][5] is defined, 'abc'[1], u[1], u[-1], 'abc'[true]
'abcdef'[1:4], 'abcdef'[::-1], 'abcdef'[::2], 'abcdef'[-3:], 'abcdef'[:-2], 'abcdef'[4:1:-1], 'abcdef'[10:], 'abcdef'[-10:2]
u[::-1], u[1:3], u[:2]
l[1:], l[::-1], (1,2,3)[:2], range(10)[2:5], range(10)[::-3]|list
l[none:none:none]
'abc'[::0]
i[1:]
d[1:]
d.b, d['b'], d.c.k[1].z, d['c']['k'][0]
d.nope.x
d['nope']['x']
nope.x
nope['x']
nope()
n.x
n['x'] is defined
n.x.y
l.0, l.5 is defined, ll.0.1, ll[1].0
s.nope is defined
l['0'] is defined
d[l] is defined
d[nope] is defined
keyed.items()|list
keyed['items'], keyed.keys is callable, keyed['keys'], keyed.get('get'), keyed['x y']
d.items()|list, d.keys()|list, d.values()|list
d.get('b'), d.get('zz'), d.get('zz', 5), d.copy() == d
d.get()
d.get('a', default=1)
d.pop('b')
d.update({'a':1})
d.clear
l.append(1)
l.pop
l.sort()
d.__class__
s.__class__.__mro__
''.__class__.mro()
l.__len__()
d.setdefault('a', 1)
l.index(1), l.count(2), w.index('fig'), l.copy()
l.index(9)
(1,2,1).count(1), (1,2).index(2)
i.real, i.bit_length(), x.is_integer(), 2.0.is_integer()
'a'.upper(), s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase()
'they\'re bill\'s'.title(), 'ß'.upper(), 'ß'.capitalize(), 'ΑΣ'.lower()
'xxabxx'.strip('x'), 'xxabxx'.lstrip('x'), 'xxabxx'.rstrip('x'), sp.strip(), sp.lstrip(), sp.rstrip(), 'abc'.strip(''), '\u00a0a\u2003'.strip()
'abca'.strip(chars='a')
'a b  c'.split(), 'a b  c'.split(' '), csv.split(','), csv.split(',', 1), csv.rsplit(',', 1), csv.split(',', maxsplit=2), ' a  b c '.split(none, 1), ' a  b c '.rsplit(none, 1), ''.split(), ''.split(',')
'abc'.split('')
'aXbXXc'.split('XX'), 'aXXXb'.split('XX'), 'aXXXb'.rsplit('XX')
nl.splitlines(), nl.splitlines(true), 'a\x0bb\x1cc\u2028d\x85e'.splitlines(), ''.splitlines(), '\n'.splitlines()
'abc'.startswith('ab'), 'abc'.startswith(('x','a')), 'abc'.endswith('c'), 'abc'.endswith(('x','bc')), 'abc'.startswith('b', 1), 'abc'.endswith('b', 0, 2), 'abc'.startswith(''), ''.startswith(())
'abc'.startswith(['a'])
'abc'.startswith(1)
'aaa'.replace('a', 'b'), 'aaa'.replace('a', 'b', 2), 'abc'.replace('', '-'), 'abc'.replace('', '-', 2), 'aaa'.replace('aa', 'b'), 'a'.replace('a', '')
'abcabc'.find('c'), 'abcabc'.rfind('c'), 'abc'.find('x'), 'abcabc'.find('c', 3), 'abc'.find(''), 'abc'.find('', 5), 'abc'.find('c', 0, 2), 'abcabc'.rfind('c', 0, 5), u.find('ü'), 'abc'.rfind('')
'abc'.index('b'), 'abc'.rindex('c')
'abc'.index('x')
'aaaa'.count('aa'), 'abc'.count(''), u.count('ü'), 'aaa'.count('a', 1)
','.join(['a','b']), ''.join([]), ','.join('abc'), '-'.join({'a':1,'b':2})
','.join([1])
'a'.center(5), 'ab'.center(5), 'ab'.center(6, '*'), 'a'.ljust(3) ~ '|', 'a'.rjust(3), '7'.zfill(3), '-7'.zfill(4), 'abc'.center(2)
'a'.center(5, 'xx')
'a-b-c'.partition('-'), 'a-b-c'.rpartition('-'), 'abc'.partition('-'), 'abc'.rpartition('-')
'prefix'.removeprefix('pre'), 'prefix'.removesuffix('fix'), 'prefix'.removeprefix('x')
'abc'.isalpha(), 'ab1'.isalnum(), '12'.isdigit(), '١٢'.isdigit(), '²'.isdigit(), '½'.isnumeric(), 'ab'.islower(), 'AB'.isupper(), 'A1'.isupper(), ' '.isspace(), ''.isspace(), 'Ab Cd'.istitle(), 'a_1'.isidentifier(), '1a'.isidentifier(), 'é'.isascii()
'a\tb'.expandtabs(), 'a\tb'.expandtabs(4)
'{} {}'.format(1, 'a'), '{1} {0}'.format('a', 'b'), '{a} {b[0]} {c.x}'.format(a=1, b=[2], c={'x': 3}), '{{}}'.format(), '{!r} {!s}'.format('a', 'b')
'{:>5}|{:<5}|{:^5}|{:*^7}|{:05d}|{:+d}|{:x}|{:#x}|{:b}|{:o}|{:,}|{:_}'.format('a', 'b', 'c', 'd', 42, 5, 255, 255, 5, 8, 1234567, 1234567)
'{:.2f}|{:8.3f}|{:e}|{:g}|{:g}|{:%}|{:.1%}|{:.3}|{:.3}|{:.10}|{:G}'.format(3.14159, 2.5, 12345.678, 0.0001, 1e20, 0.5, 0.256, 'abcdef', 123.456, 1.5, 1e-10)
'{:05}|{:>+8.2f}|{:08.2f}|{:-<6}|{:=+6d}'.format(-4, 3.14159, -2.5, 'x', 7)
'{:,.2f}|{:010,}|{:n}'.format(1234567.891, 1234, 12)
'{}{}'.format(1)
'{} {0}'.format(1)
'{a}'.format()
'{'.format()
'}'.format()
'{:d}'.format('a')
'{0.__class__}'.format(1)
'{0.upper}'.format('a')|length > 5
'{:{}}'.format('a', 4)
'{:{w}.{p}f}'.format(3.14159, w=8, p=2)
'{} {} {}'.format(none, true, [1, 'a'])
'{:>6}'.format(true)
'{:>6}'.format(none)
'%s %d %r' % ('a', 5, 'b')
'%s' % 'a'
'%s' % [1, 2]
'%s %s' % 'a'
'%s' % ('a', 'b')
'a' % 'b'
'%(a)s %(b)05d' % {'a': 1, 'b': 2}
'%(zz)s' % {'a': 1}
'%5s|%-5s|%05d|%+d|% d|%x|%X|%o|%#x|%e|%.2f|%g|%c|%%' % ('a', 'b', 42, 5, 5, 255, 255, 8, 255, 12345.678, 3.14159, 0.0001, 'z')
'%*d' % (5, 42)
'%.3s' % 'abcdef'
'%d' % 3.99
'%d' % 'a'
'%s' % none
'%i%%' % 50
'%y' % 1
'%'  % 1
'%s %s'|format('a', 'b'), '%(a)s'|format(a=1)
'%s'|format(1, a=2)
'a'|upper|lower, 'abc'|first, 'abc'|last, 'abc'|reverse, [1,2]|reverse|list, [3,1]|sort|first
l|sort, l|sort(reverse=true), w|sort, w|sort(case_sensitive=true), w|sort(true), people|sort(attribute='age')|map(attribute='name')|list, people|sort(attribute='age,name')|map(attribute='name')|list
people|sort(attribute='tag')|map(attribute='name')|list
mix|sort
[none, 1]|sort
[none]|sort
ll|sort(attribute=1, reverse=true), ll|sort(attribute='0')
d|dictsort, d|dictsort(true), d|dictsort(by='value', reverse=true)
{'a': 2, 'b': 1}|dictsort(by='value'), {'b': 1, 'a': 2}|dictsort(false, 'key', true)
{'b': 1, 'a': 2}|dictsort(by='x')
{1: 1, 'a': 2}|dictsort
w|unique|list, w|unique(true)|list, people|unique(attribute='age')|map(attribute='name')|list, [1, 1.0, true, '1']|unique|list, [[1]]|unique|list
l|min, l|max, w|min, w|max, people|max(attribute='age'), []|min, []|max is defined
people|min(attribute='tag')
l|sum, people|sum(attribute='age'), [0.1, 0.2]|sum, l|sum(start=10), [[1],[2]]|sum(start=[])
w|sum
people|map(attribute='tag')|list, people|map(attribute='tag', default='-')|list, people|map(attribute='name')|map('upper')|join(','), ll|map('first')|list, ll|map('join', '-')|list, people|map(attribute='zz.y', default=0)|list
people|map('nofilter')|list
people|map|list
people|map(attribute='a', x=1)|list
nope|map('upper')|list
n|map('upper')|list
5|map('upper')|list
mix|select|list, mix|reject|list, mix|select('string')|list, l|select('odd')|list, l|select('gt', 1)|list, l|reject('eq', 1)|list, mix|select('none')|list, l|select('in', [1,2])|list
people|selectattr('tag')|map(attribute='name')|list, people|selectattr('age', 'eq', 30)|map(attribute='name')|list, people|rejectattr('tag', 'defined')|map(attribute='name')|list, people|selectattr('tag', 'equalto', 'x')|list|length
people|selectattr('age', '>=', 30)|map(attribute='name')|list, people|selectattr('a.b')|list
people|selectattr('tag.x.y')|list
l|select('notest')|list
people|selectattr|list
people|groupby('age')|map('first')|list, people|groupby('age')|map(attribute='grouper')|list, people|groupby('age')|map('last')|map('length')|list
people|groupby('tag', default='?')|map('first')|list
w|groupby('0')|list|length, w|groupby(0)|map('first')|list
people|groupby('tag')
[{'k':'A'},{'k':'a'},{'k':'b'}]|groupby('k'), [{'k':'A'},{'k':'a'}]|groupby('k', case_sensitive=true)
(people|groupby('age'))[0].grouper, (people|groupby('age'))[0].list|length
l|batch(2)|list, l|batch(2, 'x')|list, range(7)|slice(3)|list, range(7)|slice(3, 'x')|list, l|batch(0)|list
l|slice(0)|list
l|join, l|join(', '), people|join(', ', attribute='name'), 'abc'|join('-'), d|join(','), mix|join('|')
5|join
n|join
nope|join('x')
l|first, []|first is defined, ''|last is defined, d|first, d|last
5|first
n|length
5|length
l|map('string')|length
nope|length, d|length, u|length, range(5)|length
l|map('string')|last
e|default('x'), e|default('x', true), n|default('x'), nope|default, nope|default(1), nope|d('y'), n|d('x', boolean=true), d.nope|default('q'), z|default(5, true), f|default(t, true)
d.nope.deep|default('x')
'abc'|replace('b', 'x'), 'aaa'|replace('a', 'b', 2), 5|replace(5, 6), none|replace('N', 'n'), 'aaa'|replace('a', 'b', count=1)
'<a>'|e, '<a>'|e|e, '<a>'|escape|forceescape, ('<a>'|e) ~ '<b>', ('<a>'|e) + '<b>', '<b>' + ('<a>'|e), ('<a>'|safe) + '&', ['<', '&'|safe]|join('>'), ('%s'|safe) % '<', ('<a>'|safe)|upper, ('<a>'|safe).replace('a', '<'), ('{}'|safe).format('<'), ('a'|safe) * 2, ('a'|safe) == 'a', '<'|e|tojson, [('a'|safe)]
'a\nb'|indent, 'a\nb'|indent(2), 'a\n\nb'|indent(2), 'a\n\nb'|indent(2, blank=true), 'a\nb'|indent(2, true), 'a\nb'|indent('> '), 'a\nb\n'|indent(1), ''|indent(2, true), '\n'|indent(2), 'a\nb'|indent(width=3, first=true)
5|indent
nope|indent
'foo bar baz qux'|truncate(9), 'foo bar baz qux'|truncate(9, true), 'foo bar baz qux'|truncate(11), 'foo bar baz qux'|truncate(9, true, '..'), 'foo bar baz qux'|truncate(9, false, '...', 0), 'foobarbazqux'|truncate(5, leeway=0), 'short'|truncate
'foo'|truncate(2)
'the quick brown-fox jumps over the lazy dog'|wordwrap(10), 'aaaaaaaaaaaaaaaa bb'|wordwrap(5), 'aaaaaaaaaaaaaaaa bb'|wordwrap(5, false), 'a b c d e'|wordwrap(3, wrapstring='|'), nl|wordwrap(3), 'self-contained well-known a--b c-d'|wordwrap(6), 'self-contained'|wordwrap(6, break_on_hyphens=false)
'a b'|wordwrap(0)
1.5|round, 2.5|round, 0.5|round, -0.5|round, 2.675|round(2), 1234.5678|round(-2), 5|round, 15|round(-1), 25|round(-1), 2.1|round(method='ceil'), 2.9|round(0, 'floor'), 2.123|round(2, 'ceil'), 7|round(1, 'floor'), true|round
2|round(0, 'x')
'x'|round
'12'|int, ' 12 '|int, '0x1f'|int(base=16), '1f'|int(0, 16), 'z'|int(-1), '0b11'|int(base=2), '0o17'|int(base=8), '0x1f'|int(base=0), '12.7'|int, 12.7|int, -12.7|int, '1_0'|int, '_1'|int, none|int, [1]|int(9), true|int, '１２'|int, '+5'|int, '--5'|int, ''|int, '1e2'|int, '12abc'|int(default=3), '08'|int, '08'|int(base=0)
nope|int
1e400|int
'3.5'|float, 'x'|float, 'x'|float(1.5), 5|float, none|float(2), 'inf'|float, '1_0.5'|float, '.5'|float, '5.'|float, '1e-3'|float, 'nan'|float, true|float, '0x1'|float
nope|float
-5|abs, 5|abs, -2.5|abs, true|abs
'x'|abs
-1|abs, (-1)|abs, 1 - 2|abs
'a b&c/d=é'|urlencode, {'a b': 'c d', 'e': 1}|urlencode, [['a', 1], ['b', '/']]|urlencode, 5|urlencode
'<p>Hello <b>x</b>  &amp; y &#33;&lt;</p><!-- c --> z'|striptags
{'a': 1, 'b': none, 'c': '<', 'd': nope}|xmlattr, {'a': 1}|xmlattr(false), {}|xmlattr
{'a b': 1}|xmlattr
'hello world  x_y 1.5'|wordcount, u|wordcount
'a-b c(d)[e]{f}<g>h i_j'|title, 'HELLO'|title, "it's"|title, 5|title
5|upper, none|lower, true|capitalize, nope|upper, [1]|upper
5|string, none|string, 5|string ~ 1, [1,'a']|string
'  x '|trim, 'xax'|trim('x'), 5|trim, nope|trim, 'a'|trim(none)
'abc'|list, d|list, d.items()|list, range(3)|list
5|list
n|list
nope|list
d|items|list, nope|items|list, ed|items|list
l|items|list
n|items|list
d|attr('b') is defined, s|attr('upper') is callable, d|attr('items') is callable
1000|filesizeformat, 1|filesizeformat, 0|filesizeformat, 1500000|filesizeformat, 1024|filesizeformat(true), 1e30|filesizeformat, '2048'|filesizeformat(binary=true)
d|pprint, l|pprint, 'a'|pprint, {'b': 1, 'a': [1, 2]}|pprint
d|tojson, d|tojson(indent=2), l|tojson(indent=1), el|tojson(indent=2), ed|tojson(indent=2), d|tojson(indent=0), {'b':1,'a':2}|tojson(sort_keys=true), [1,{'a':2}]|tojson(separators=(',', ':')), d|tojson(separators=(',', ':'), indent=2)
d|tojson(indent='--'), d|tojson(indent=true), [[], {}, [[]]]|tojson(indent=2)
u|tojson, u|tojson(ensure_ascii=true), '\x7f\x00\x1f\u2028"\\/<>&\''|tojson, '\x7fé'|tojson(true), 1e20|tojson, 1e400|tojson, -1e400|tojson, (1, 'a')|tojson, {1: 1, none: 2, true: 3, 1.5: 4}|tojson, 0.1|tojson
{(1,): 1}|tojson
nope|tojson
[nope]|tojson
d.items()|tojson
l|map('string')|tojson
range(3)|tojson
{'b':1, 1:2}|tojson(sort_keys=true)
d|tojson(foo=1)
d|tojson(separators=(1,))
[1, 2] + [3], (1,) + (2,), [1] * 3, 3 * 'ab', 'ab' * -1, 'ab' * true
'a' + 1
1 + 'a'
[1] + (2,)
[1] * 1.5
'a' * 'b'
1 / 0
1 // 0
1 % 0
1.5 / 0
1.5 // 0
1.5 % 0
0 ** -1
0.0 ** -1
2 ** 0.5, 4 ** 0.5, 2.0 ** 3, 10 ** 18, 2 ** 62
1e308 * 10, -1e308 * 10, 1e308 * 10 - 1e308 * 10
10 / 5, 10 / 4, 7 // 2.0, 2 * 3.5, 1e2, 1E-2, 1_000, 0x1F, 0b101, 0o17, 1_0.5_0, 00
1.5e3.5
1 < 'a'
none < 1
[1] < [2], [1, 2] < [1, 3], (1, 'a') < (1, 'b'), 'a' < 'b', 'Z' < 'a', [1] < [1, 0], 'a' < '😀', '\uffff' < '😀'
[1] < (1,)
{} < {}
nope < 1
nope == nope2, nope == none, nope != 1, not nope, nope or 5, nope and 5, nope in [1], 1 in nope, nope is none
nope + 1
1 - nope
-nope
-'a'
+none
nope ~ 'x'
'a' in 'abc', 'x' not in 'abc', '' in 'abc', 1 in [1, 2], 1.0 in [1], '1' in [1], 'b' in d, 'z' in d, 1 in (1, 2), 3 in range(5), 'a' in d.keys(), 1 in d.values(), ('b', 1) in d.items(), none in mix, true in [1]
1 in 'abc'
none in 'abc'
nope in 'abc'
[1] in d
1 in none
1 in 5
true and 1, true and 0, false or '', 0 or none, 1 or 2, '' and 1, none and nope.x, 1 or nope.x
not 1, not '', not [], not none
d is mapping, l is sequence, l is iterable, d is sequence, 'a' is sequence, 5 is number, true is number, 5 is integer, true is integer, 5.0 is float, 'a' is string, none is none, true is boolean, nope is defined, range is callable, s is iterable, 5 is iterable, () is sequence, d.items() is sequence, d.items() is iterable
4 is even, 3 is odd, 4 is divisibleby 2, 4 is divisibleby(3), 4.5 is odd, true is odd
'x' is odd
none is even
nope is even
4 is divisibleby 0
1 is eq 1, 1 is eq(1), 1 is ne 2, 1 is lt 2, 1 is le 1, 2 is gt 1, 2 is ge 3, 1 is == 1, 1 is equalto 1, 2 is greaterthan 1, 1 is lessthan 2, 1 is sameas 1, 1 is sameas true, none is sameas none, 1 is in [1], 1 is not in [1], 'a' is in 'abc'
1 is not defined, nope is not defined, not nope is defined, nope is defined or true, 1 is defined and 2 is defined
'lower' is lower, 'UP' is upper, 5 is lower, 'a1' is lower, '' is lower
'upper' is filter, 'zz' is filter, 'odd' is test, 'zz' is test
1 is defined is true
(1 is defined) is true
1 is nosuchtest
1|nosuchfilter
1 is defined(1)
1 is divisibleby
1|default(1, 2, 3, 4)
1|round(foo=1)
'a'.upper(1)
'a'.nosuch()
s()
5()
none()
range(5)|list, range(2, 5)|list, range(5, 0, -2)|list, range(0)|list, range(3)[1], range(3)[-1], range(3)[5] is defined, range(3) == range(0, 3)
range()
range(1, 2, 0)
range(100001)
range(1.5)
range('a')
range(100000)|length
dict(a=1, b=2), dict({'a': 1}, b=2), dict([('a', 1)]), dict()
dict(1)
dict([1])
namespace(a=1).a, namespace({'b': 2}).b, namespace().x is defined
namespace(a=1).b.c
raise_exception('Boom: ' ~ i)
raise_exception()
strftime_now('%d %b %Y %B %A %a %H:%M:%S %Y-%m-%d %j %e %-d %-m %y %p %I %U %W %V %G %u %w %C %D %F %T %R %h %% %-H %-I %k %l %_d %0e %^a %n%t|%f %Z %z %x %X %c')
strftime_now('%-j %-M %-S %-y %s'[:11])
strftime_now()
{'a': 1, 'a': 2}, {1: 'a', 1.0: 'b', true: 'c'}, {1: 'a'}[1.0], {1: 'a'}[true], {(1, 2): 3}[(1, 2)], {none: 1}[none], {'1': 1}[1] is defined
{[1]: 2}
[1, 2,], (1, 2,), {'a': 1,}
[[1, [2, (3,)]], {'a': [{}]}, 'it\'s', "q\"", 'b\\', 'n\n', none, true, 1.0, nope]
'\x41\u00e9\U0001F600\101\n\t\\\'\"\a\q' 
"\N{BULLET}\é"
'\x4'
'\u12'
'\N{NOSUCHNAME}'
'a\
b'
(1)
(1,)
()
1, 2
1,
loop is defined, caller is defined, varargs is defined
'a'.join(['x', 'y'])|upper
'%s'|format('x')|upper ~ 'y'
-1|abs + 2
l|length + 1
l|length > 2 and 'yes' or 'no'
l[0] if l else none
m[1].tool_calls[0].function.arguments.a, m[1]['tool_calls'][0]['function']['name'], m[-1].content[0].text, m[0].content is string, m[1].content is none, m[2].content is string
m|selectattr('role', 'equalto', 'user')|list|length, m|map(attribute='role')|unique|list, (m|last).role, m[0]['role'] == 'user', m[1:]|length
'tool_calls' in m[1], 'tool_calls' in m[0], m[0].tool_calls is defined, m[1].get('tool_calls', []) | length
m[::-1][0].role, m[::2]|map(attribute='role')|list
s.split(' ')[-1].strip('d'), s.split('o')|last, (s.split('l')[0] ~ 'x')|upper
'</think>' in 'a</think>b', 'a</think>b'.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
joiner()() ~ 'x', cycler('a', 'b').next()
joiner(', ')|string|length > 3
cycler()
lipsum
foo.bar.baz
'a' if s else 'b' ~ 'c'
[x for x in l]
{'a', 'b'}
a = 1
1 +
(1
1)
[1
'abc
1 2
a b
!x
a ? b : c
a && b
a | | b
is defined
x.
x.'a'
x[
x[]
x[1:2:3:4]
f(a=1, 2)
f(a=1, a=2)
f(*[1], **{})
dict(*[{'a': 1}], **{'b': 2})
dict(**[1])
range(*[1, 4])|list
s.replace(*['l', 'L'])
'a'|replace(*['a', 'b'])
""")

# statements
add(
    "{% if t %}a{% elif f %}b{% else %}c{% endif %}", "{% if f %}a{% elif t %}b{% else %}c{% endif %}", "{% if f %}a{% elif n %}b{% else %}c{% endif %}",
    "{% if nope %}a{% endif %}", "{% if nope.x %}a{% endif %}", "{% if t: %}a{% endif %}", "{% if 1, 0 %}a{% endif %}", "{% if f %}{{ 1|nofilter }}{% endif %}ok",
    "{% if f %}{{ 1 is notest }}{% endif %}ok", "{% if f %}{% for a in l %}{{ 1|nofilter }}{% endfor %}{% endif %}ok", "{{ 1 if true else 1|nofilter }}", "{% if t %}{{ 1|nofilter }}{% endif %}",
    "{% for a in l %}{{ a }},{% endfor %}", "{% for a in el %}x{% else %}none{% endfor %}", "{% for a in l %}x{% else %}none{% endfor %}", "{% for a in nope %}x{% else %}none{% endfor %}",
    "{% for a in n %}x{% endfor %}", "{% for a in 5 %}x{% endfor %}", "{% for c in u %}[{{ c }}]{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}={{ v }};{% endfor %}", "{% for a, b in ll %}{{ a }}{{ b }}{% endfor %}", "{% for a, b in [[1]] %}{% endfor %}", "{% for a, b in [[1,2,3]] %}{% endfor %}", "{% for a, b in [1] %}{% endfor %}",
    "{% for (a, b), c in [[[1,2],3]] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for a, b in ['xy'] %}{{ b }}{{ a }}{% endfor %}", "{% for a in 1, 2 %}{{ a }}{% endfor %}", "{% for a, in [[1]] %}{{ a }}{% endfor %}",
    "{% for a in l if a > 1 %}{{ loop.index }}/{{ loop.length }}:{{ a }} {% endfor %}", "{% for a in l if a > 5 %}x{% else %}none{% endfor %}", "{% for a in l if loop.first %}x{% endfor %}", "{% for a in l if a is odd else [] %}x{% endfor %}",
    "{% for a in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}|{% endfor %}",
    "{% for a in l %}{{ loop.previtem|default('-') }}{{ a }}{{ loop.nextitem|default('-') }} {% endfor %}", "{% for a in l %}{{ loop.previtem.x }}{% endfor %}", "{% for a in l %}{{ loop.cycle('a','b') }}{% endfor %}", "{% for a in l %}{{ loop.cycle() }}{% endfor %}",
    "{% for a in [1,1,2] %}{{ loop.changed(a) }}{% endfor %}", "{% for a in l %}{{ loop }}{% endfor %}", "{% for a in l %}{{ loop.nope is defined }}{% endfor %}", "{{ loop.index }}", "{% for a in l %}{% endfor %}{{ loop is defined }}{{ a is defined }}",
    "{% for a in l|map('string') %}{{ loop.last }}{{ loop.length }}{% endfor %}", "{% for a in l|reverse %}{{ a }}{{ loop.length }}{% endfor %}", "{% for a in l|select('odd') %}{{ loop.revindex }}{% endfor %}",
    "{% for a in ll %}{% for b in a %}{{ loop.index }}{{ b }}{% endfor %}{{ loop.index }}{% endfor %}", "{% for a in ll %}{% set outer = loop %}{% for b in a %}{{ outer.index }}{% endfor %}{% endfor %}",
    "{% for a in l %}{% if a == 1 %}{% break %}{% endif %}{{ a }}{% endfor %}", "{% for a in l %}{% if a == 1 %}{% continue %}{% endif %}{{ a }}{% endfor %}", "{% for a in l %}{% break %}{% else %}e{% endfor %}", "{% for a in l %}{% continue %}{% else %}e{% endfor %}",
    "{% break %}", "{% for a in l %}{% macro q() %}{% break %}{% endmacro %}{% endfor %}", "{% for a in l %}{% set z %}q{% break %}{% endset %}{{ a }}{% endfor %}x", "{% for a in l %}{% filter upper %}q{% continue %}{% endfilter %}{{ a }}{% endfor %}x",
    "{% for a in [1,2] %}{% for b in [1,2] %}{% if b == 2 %}{% break %}{% endif %}{{ a }}{{ b }} {% endfor %}{% endfor %}", "{% for a in [1] %}{% for b in [] %}{% else %}{% break %}{% endfor %}x{% endfor %}y", "{% for a in l %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% for k in tree recursive %}{{ k.v }}{% if k.kids %}({{ loop(k.kids) }}){% endif %}{% endfor %}", "{% for k in tree recursive %}{{ loop.depth }}{{ loop.index }}{{ k.v }}{{ loop(k.kids) }}{% else %}.{% endfor %}", "{% for a in l %}{{ loop(l) }}{% endfor %}",
    "{% for k in tree recursive %}{% break %}{% endfor %}", "{% for loop in l %}{% endfor %}", "{% for a in l %}{% set loop = 1 %}{% endfor %}", "{% for a in l %}{% endfor a %}", "{% for a in l %}", "{% for %}{% endfor %}", "{% for a l %}{% endfor %}", "{% for 1 in l %}{% endfor %}", "{% for a.b in l %}{% endfor %}",
    "{% for x in l %}{{ x }}{% endfor %}{{ x }}", "{% set y = 1 %}{% for a in l %}{% set y = a %}{{ y }}{% endfor %}{{ y }}", "{% for a in l %}{{ y is defined }}{% set y = a %}{% endfor %}{{ y is defined }}", "{% set y = 1 %}{% for a in l %}{{ y }}{% set y = a %}{{ y }}{% endfor %}",
    "{% for a in l %}{% if a == 1 %}{% set x = 'in' %}{% endif %}{{ x }}{% endfor %}{{ x }}", "{% for a in l %}{% set x = a %}{% endfor %}{{ x }}", "{% if f %}{% set x = 1 %}{% endif %}{{ x }}", "{% if f %}{% set q9 = 1 %}{% endif %}{{ q9 is defined }}", "{% if f %}{% set x = 1 %}{% else %}{% set y9 = 2 %}{% endif %}{{ x }}{{ y9 }}",
    "{% if t %}{% set x = 1 %}{% endif %}{{ x }}", "{% set ns = namespace(c=0) %}{% for a in l %}{% set ns.c = ns.c + a %}{% endfor %}{{ ns.c }}", "{% set ns = namespace() %}{% set ns.a = 1 %}{{ ns.a }}{{ ns }}", "{% set d.b = 1 %}", "{% set nope.b = 1 %}", "{% set ns = namespace(found=false) %}{% for a in l if not ns.found %}{{ a }}{% if a == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = [1, 2] %}{{ b }}{{ a }}", "{% set (a, b) = 'xy' %}{{ a }}{{ b }}", "{% set a = 1, 2 %}{{ a }}", "{% set a, b = 1 %}", "{% set a = %}", "{% set 1 = a %}", "{% set true = 1 %}", "{% set a b %}", "{% set ns = namespace() %}{% set ns.a, c = 1, 2 %}{{ ns.a }}{{ c }}", "{% set a[0] = 1 %}",
    "{% set a %}x{{ i }}y{% endset %}{{ a }}{{ a|length }}", "{% set a|upper %}x{% endset %}{{ a }}", "{% set a|replace('x', 'y')|upper %}x{% endset %}{{ a }}", "{% set a %}{% set b = 1 %}{{ b }}{% endset %}{{ a }}{{ b is defined }}", "{% set ns = namespace() %}{% set ns.a %}q{% endset %}{{ ns.a }}", "{% set a %}x",
    "{% macro g(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ g(1) }}|{{ g(1, 3) }}|{{ g(b=5, a=4) }}|{{ g() }}|{{ g(1, b=none) }}", "{% macro g(a) %}{{ a }}{% endmacro %}{{ g(1, 2) }}", "{% macro g(a) %}{{ a }}{% endmacro %}{{ g(b=2) }}", "{% macro g(a) %}{{ a }}{% endmacro %}{{ g(1, a=2) }}", "{% macro g(a=1, b) %}{% endmacro %}",
    "{% macro g(a, b=a) %}{{ b }}{% endmacro %}{{ g(1) }}", "{% macro g() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ g(1, 2, k=3) }}", "{% macro g(a) %}{{ a }}{{ varargs|length }}{% endmacro %}{{ g(1, 2, 3) }}", "{% macro g() %}{{ x }}{% endmacro %}{{ g() }}", "{% macro g() %}{{ y }}{% endmacro %}{% set y = 5 %}{{ g() }}", "{% macro g() %}{{ x }}{% endmacro %}{{ g() }}{% set x = 5 %}{{ g() }}",
    "{% macro g(n) %}{{ n }}{% if n > 0 %}{{ g(n - 1) }}{% endif %}{% endmacro %}{{ g(3) }}", "{% macro a1() %}A{{ b1() }}{% endmacro %}{% macro b1() %}B{% endmacro %}{{ a1() }}", "{{ g() }}{% macro g() %}x{% endmacro %}", "{% macro g(a) %}{% set a = a ~ '!' %}{{ a }}{% endmacro %}{{ g('x') }}{{ a is defined }}", "{% macro g(x) %}{{ x is defined }}{{ x }}{% endmacro %}{{ g() }}{{ g(none) }}{{ g(nope) }}",
    "{% macro g(a) %}{{ a.b }}{% endmacro %}{{ g() }}", "{% macro g(a) %}{{ caller is defined }}{% endmacro %}{{ g() }}", "{% macro g() %}[{{ caller() }}]{% endmacro %}{% call g() %}in{{ i }}{% endcall %}", "{% macro g() %}[{{ caller(1, b=2) }}]{% endmacro %}{% call(a, b) g() %}{{ a }}{{ b }}{% endcall %}", "{% macro g() %}x{% endmacro %}{% call g() %}in{% endcall %}", "{% macro g() %}{{ caller() }}{% endmacro %}{{ g() }}", "{% call 5 %}x{% endcall %}",
    "{% macro g() %}{% if caller is defined %}{{ caller() }}{% else %}no{% endif %}{% endmacro %}{{ g() }}{% call g() %}yes{% endcall %}", "{% macro g(caller) %}{% endmacro %}", "{% macro g(caller=none) %}{{ caller }}{% endmacro %}{{ g() }}{% call g() %}q{% endcall %}"[:60] + "{{ g() }}", "{% macro g(a) %}x{% endmacro %}{{ g.name }}{{ g.arguments }}{{ g.catch_kwargs }}{{ g.catch_varargs }}{{ g.caller }}{{ g is callable }}{{ g }}",
    "{% macro outer() %}{% macro inner() %}{{ x }}{{ k9 }}{% endmacro %}{% set k9 = 3 %}{{ inner() }}{% endmacro %}{{ outer() }}", "{% for a in l %}{% macro g() %}{{ a }}{% endmacro %}{{ g() }}{% endfor %}", "{% macro g() %}{% for a in l %}{{ loop.index }}{% endfor %}{% endmacro %}{{ g() }}{{ g()|upper|length }}", "{% macro g() %}a\n  b\n{% endmacro %}[{{ g() }}]", "{% macro g(a, a) %}{% endmacro %}", "{% macro 1() %}{% endmacro %}", "{% macro g %}{% endmacro %}",
    "{% if t %}{% macro g() %}T{% endmacro %}{% endif %}{{ g() }}", "{% for a in [1,2] %}{% set s2 = namespace(v=a) %}{{ s2.v }}{% endfor %}", "{% macro g(a, **k) %}{% endmacro %}",
    "{% filter upper %}ab{{ s }}{% endfilter %}", "{% filter replace('a', 'b')|upper %}a{% endfilter %}", "{% filter nofilter %}a{% endfilter %}", "{% filter upper %}{% set q9 = 1 %}{% endfilter %}{{ q9 is defined }}", "{% filter trim %}\n a \n{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a is defined }}", "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% with a = x %}{% set x = 3 %}{{ a }}{{ x }}{% endwith %}{{ x }}", "{% with a %}{% endwith %}",
    "{% print 1 + 1 %}", "{% print 1, 'a' %}", "{% print %}x", "{% generation %}a{{ i }}{% endgeneration %}b", "{% for q in m %}{% if q.role == 'assistant' %}{% generation %}{{ q.role }}{% set zz = 1 %}{% endgeneration %}{{ zz is defined }}{% endif %}{% endfor %}", "{% generation %}x",
    "{% raw %}{{ a }}{% b %}{# c #}{% endraw %}x", "{% raw -%}  a  {%- endraw %}x", " {%- raw %} a {% endraw -%} x", "{% raw %}\n a\n {% endraw %}\nx", "{%raw%}a{%endraw%}b", "{% raw %}a", "{% raw x %}a{% endraw %}", "{%+ raw %}a{%+ endraw +%}\nb", "a\n  {% raw %}b{% endraw %}\n c",
    "{# c #}a{# d -#}  b", "a {#- c -#} b", "{# c", "{# {# #} #}", "a\n{# c #}\nb", "a\n  {# c #}  \nb", "{#-#}a", "{#+ c +#}\na", "{##}x", "{# -#}x",
    "{% nosuchtag %}", "{% include 'x' %}", "{% endif %}", "{% if t %}{% endfor %}", "{% if t %}", "{% else %}", "{% 1 %}", "{% %}", "{%", "{{", "{{ }}", "{{ 1 }", "{% if %}x{% endif %}", "{% if t %}a{% else %}b{% else %}c{% endif %}", "{% elif t %}", "{% set x = 1", "{{ 'a' }", "{ { 1 } }", "{%- -%}", "}}", "%}", "#}", "{", "{{ '{{' }}", "{{ '%}' }}", "{{ {'a': {'b': 1}}.a.b }}", "{{ {'a':1}}}", "{{ [1}] }}", "{{ (1] }}", "{{ 1)}}",
    "{{ }}}}", "{% if 'a' in s and not s is none or (l and d) %}x{% endif %}", "{%if t%}a{%endif%}", "{{1}}{{-1}}{{+1}}{{- 1}}", "a {{- 1 -}} b", "a {{ 1 }}\nb", "{{ 1 -}}\n b", "{{ 1 }}\n\n{{ 2 }}", "{{- '\n' -}}", "{{ 1 +}}", "{{\n1\n}}", "{%\nif t\n%}x{%endif%}", "{{ s\n|upper }}", "{{ 1 if t\nelse 2 }}",
    "a\n", "a\n\n", "a\r\n", "a\r\nb\rc\n", "\n", "", " ", "\n\n", "{{ 1 }}\n", "{% if t %}a{% endif %}\n", "{% if t %}\na\n{% endif %}\nb\n", "{% if t %}\r\na\r\n{% endif %}\r\nb", "  {% if t %}\n  a\n  {% endif %}\n  b", "x  {% if t %}a{% endif %}  y", "\t {% if t %}\n\ta{% endif %}", "  {{ 1 }}\n  {{ 2 }}", "a\n  {%+ if t %}b{% endif %}", "a\n  {%- if t %}b{% endif %}", "{% if t -%}\n  a\n{%- endif %}\nb", "{% if t +%}\na{% endif %}", "{% if t -%}\n\n a {%- endif -%} \n b",
    "{% for a in l %}\n  {{ a }}\n{% endfor %}\nend", "{% for a in l -%}\n  {{ a }}\n{%- endfor %}\nend", "{%- for a in l %} {{ a }} {%- endfor -%} end", "  {%- set a = 1 -%}  \n x{{ a }}", "{% set a = 1 %}  \n{{ a }}", "{% set a = 1 %}\n\n{{ a }}", "{{ a|default('') }}  {% set a = 1 %}\n x", "x\n \u00a0{% if t %}y{% endif %}", "x\n\f {% if t %}y{% endif %}", "{% if t %} \n{% endif %}", "a\n\n  {% if t %}\n\n  b{% endif %}\n\n", "a{% if t %}\n  {% endif %}b", "a {% if t %} b {% endif %} c", "{{ 'x' }}  {% if t %}y{% endif %}", "{# c #}  {% if t %}y{% endif %}", "{# c #}\n  {% if t %}y{% endif %}", "{% if t %}  {% if t %}y{% endif %}{% endif %}",
    "{% set x = 'a\\nb' %}{{ x }}", "{% set x = \"a\nb\" %}{{ x }}", "{{ 'a\r\nb' }}", "{{ \"\\\"\" }}", "{{ '\\\\' }}", "{% set messages = m[1:] %}{{ messages|length }}", "{%- macro g(a) -%}\n {{ a }} \n{%- endmacro -%}\n[{{ g(1) }}]",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set _ = c.reset() %}{{ c.current }}", "{% set j = joiner('|') %}{% for a in l %}{{ j() }}{{ a }}{% endfor %}", "{% set g9 = l|map('string') %}{{ g9|list }}{{ g9|list }}", "{% set g9 = l|select('odd') %}{{ 'T' if g9 else 'F' }}{{ g9[0] is defined }}", "{% set g9 = l|map('string') %}{{ '1' in g9 }}{{ g9|list }}", "{{ l|map('string')|first }}{{ (l|map('int'))|sum }}",
    "{% for a in l %}{{ a }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% for q in m %}{% if (q['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}{{ q.role }}{% endfor %}", "{% set ns = namespace(a=[]) %}{% for a in l %}{% set ns.a = ns.a + [a * 2] %}{% endfor %}{{ ns.a }}", "{% set ns = namespace(d={}) %}{% set ns.d = dict(ns.d, **{'k': 1}) %}{{ ns.d }}", "{% set _ = l.append(4) %}{{ l }}", "{% set x2 = l.append %}{{ x2 is defined }}", "{% if l.append(1) %}{% endif %}",
    "{{ d.items()|map('first')|list }}", "{% for k, v in d|items %}{{ k }}{% endfor %}", "{% for grouper, items in people|groupby('age') %}{{ grouper }}:{{ items|map(attribute='name')|join(',') }};{% endfor %}", "{% for g9 in people|groupby('age') %}{{ g9.grouper }}{{ g9.list|length }}{{ g9[0] }}{% endfor %}", "{% for row in range(5)|batch(2, '-') %}{{ row|join }}/{% endfor %}",
    "{% do l %}", "{% block a %}x{% endblock %}"[:0] + "ok", "{% set a = namespace(x=1) %}{% set b = a %}{% set b.x = 2 %}{{ a.x }}", "{% macro g(ns) %}{% set ns.v = 7 %}{% endmacro %}{% set o = namespace(v=1) %}{{ g(o) }}{{ o.v }}", "{% set ns.v = 1 %}{% set ns = namespace() %}", "{{ namespace(1) }}", "{{ namespace(a=1) == namespace(a=1) }}",
    "{% for a in [nope, none, 1] %}{{ a is defined }}{{ a is none }}{% endfor %}", "{% set y = nope %}{{ y is defined }}{{ y }}", "{{ nope is defined and nope.x }}", "{{ (nope|default({})).x is defined }}", "{{ d.nope }}{{ d.nope is none }}{{ d.nope == none }}", "{% if d.nope and d.nope.x %}a{% else %}b{% endif %}", "{{ [nope] }}{{ {'a': nope} }}{{ nope|string }}{{ nope ~ 1 }}", "{{ nope|length }}{{ nope|list }}{{ nope|join }}{{ nope|first is defined }}",
    "{{ range }}"[:0] + "{{ range is defined }}{{ dict is defined }}{{ namespace is defined }}", "{% set range = 5 %}{{ range }}", "{% for range in l %}{{ range }}{% endfor %}{{ range(2)|list }}", "{{ 'ok' if 'x' is string else raise_exception('no') }}", "{% if t %}{{- '' }}{% endif %}x", "{{ '' }}\n{{ '' }}x", "a{{ none or '' }}b", "{{ x if x is defined else 'u' }}{{ 'a' if nope is defined else 'u' }}",
    "{% set ns = namespace(i=0) %}{% for a in [1,2,3] %}{% for b in [1,2] %}{% set ns.i = ns.i + b %}{% endfor %}{% endfor %}{{ ns.i }}", "{% set x %}{% for a in l %}{{ a }}{% endfor %}{% endset %}{{ x }}{% set y = x|int + 1 %}{{ y }}", "{% set a = 1 %}{% if t %}{% set a = 2 %}{% for q in [1] %}{% set a = 3 %}{% endfor %}{% endif %}{{ a }}", "{% macro g() %}{% set x = 9 %}{{ x }}{% endmacro %}{{ x }}{{ g() }}{{ x }}", "{% macro g(x=x) %}{{ x }}{% endmacro %}{{ g() }}", "{% for a in l %}{% with b = a %}{% set b = b + 1 %}{{ b }}{% endwith %}{% endfor %}",
    "{% if not (m | selectattr('role', 'equalto', 'system') | list) %}nosys{% endif %}", "{{ m | map(attribute='role') | join('/') }}", "{{ (m | rejectattr('role', 'equalto', 'user') | list)[0].role }}", "{{ m|tojson }}", "{{ m[1].tool_calls|tojson(indent=4) }}", "{% for q in m %}{% if q.content is string %}{{ q.content }}{% elif q.content is iterable %}{% for p in q.content %}{{ p.text }}{% endfor %}{% else %}-{% endif %}{% endfor %}",
)
# corners that random comparison found
exprs(r"""
'%s' is divisibleby 2, '%s' is odd
1 / big, true / big, big / 3
'ΑΣ'.casefold(), 'ς'.casefold(), 'ΑΣ Σ'.title(), 'αΣ'.swapcase()
{'%s': [], 2.5: none, 1: 0, none: 2}|pprint
([] ~ people)|pprint, 'word '*40|pprint, ('word ' * 40)|pprint, ['word ' * 30, 'x']|pprint, ('line\n' * 20)|pprint, m|pprint, tree|pprint, ('x' * 100)|pprint
(2 ~ w)|wordwrap(5), (w ~ s)|wordwrap(7), ('a-b ' * 9)|wordwrap(6), 'aa   bb   cc'|wordwrap(3), '  lead'|wordwrap(4), 'ab-cd-ef-gh'|wordwrap(4)
x[], l[1,], d[1, 2] is defined
""")
add("{% for a, b in ll if a %}{{ loop.previtem }}{{ loop.nextitem }}{% endfor %}", "{% for a, in [[1]] %}{{ a }}{% endfor %}", "{% for a in l %}{% if loop.index == 2 %}{% break %}{% endif %}{% else %}e{% endfor %}",
    "{% for (a, (b, c)) in [[1, [2, 3]]] if b %}{{ loop.first }}{{ a }}{{ c }}{{ loop.previtem }}{% endfor %}", "{% macro g(caller) %}{{ caller }}{% endmacro %}", "{% macro g(caller=1) %}{{ caller }}{% endmacro %}{{ g() }}{{ g(caller=2) }}")
# whitespace control: every combination of signs around text
for tag in ("% if t %", "# c #", "{ i }", "% raw %"):
    for a, b, pre, post in itertools.product(("", "-", "+"), ("", "-", "+"), ("", "x ", "x\n  ", "x \n"), ("", " y", "\ny", "  \n y", "\n\ny")):
        if tag == "{ i }" and b == "+":
            continue
        inner = tag[1:-1]
        close = {"% if t %": "{% endif %}", "% raw %": "{% endraw %}"}.get(tag, "")
        add(pre + "{" + tag[0] + a + inner + b + tag[-1] + "}" + post + close + "|")

E = environment()


def render(template):
    try:
        return {"t": template, "ok": E.from_string(template).render(**copy.deepcopy(VARIABLES))}
    except Exception as error:
        return {"t": template, "err": type(error).__name__ + ": " + str(error)}


results = []
for template in dict.fromkeys(CASES):
    result = render(template)
    if not re.search(r"0x[0-9a-f]{6}|\+[\d.e-]+j\)|-[\d.e-]+j\)", result.get("ok", ""), re.I):
        results.append(result)
sys.stdout.write('{"variables": ' + json.dumps(VARIABLES, ensure_ascii=True) + ',\n"cases": [\n')
sys.stdout.write(",\n".join(json.dumps(r, ensure_ascii=True) for r in results) + "\n]}\n")
