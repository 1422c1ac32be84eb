import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ar } from '../src/i18n/ar.ts';
import { en } from '../src/i18n/en.ts';

/** That no word is missing is for the type check; that it is a word, and takes what it is given, is for this. */
function compare(one: unknown, other: unknown, at: string): void {
  assert.equal(typeof other, typeof one, at);
  if (typeof one === 'string') {
    assert.notEqual((other as string).trim(), '', at);
  } else if (typeof one === 'function') {
    const given = ['⟦1⟧', '⟦2⟧'].slice(0, one.length);
    for (const value of given) assert.ok((other as (...values: string[]) => string)(...given).includes(value), `${at} leaves out ${value}`);
  } else if (at !== 'chatCount') {
    for (const key of Object.keys(one as object)) compare((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], `${at}.${key}`);
  }
}

test('the tables of words say the same', () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) compare(en[key], ar[key], key);
});

test('Arabic has a form for each of its six numbers', () => {
  const forms = new Intl.PluralRules('ar').resolvedOptions().pluralCategories;
  assert.deepEqual([...forms].sort(), Object.keys(ar.chatCount).sort());
});
