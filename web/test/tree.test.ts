import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, build, choose, EMPTY, leaf, path, pathTo, remove, siblings, subtree, type Place, type Tree } from '../src/chat/tree.ts';

const PLACES: Place[] = [
  { id: 'u1', parent: null },
  { id: 'a1', parent: 'u1' },
  { id: 'a2', parent: 'u1' },
  { id: 'u2', parent: 'a1' },
  { id: 'u3', parent: 'a2' },
];

test('the last branch is shown, or the one that was', () => {
  assert.deepEqual(path(build(PLACES, null)), ['u1', 'a2', 'u3']);
  assert.deepEqual(path(build(PLACES, 'u2')), ['u1', 'a1', 'u2']);
  assert.deepEqual(path(build(PLACES, 'gone')), ['u1', 'a2', 'u3']);
  assert.deepEqual(path(EMPTY), []);
  assert.equal(leaf(EMPTY), null);
});

test('an edit is a sibling, and switching keeps what was chosen below', () => {
  let tree = build(PLACES, 'u2');
  tree = add(tree, { id: 'u1b', parent: null });
  assert.deepEqual(path(tree), ['u1b']);
  assert.deepEqual(siblings(tree, 'u1b'), { ids: ['u1', 'u1b'], index: 1 });
  assert.deepEqual(path(choose(tree, 'u1')), ['u1', 'a1', 'u2']);
});

test('what is removed takes all below it along, and a sibling is chosen', () => {
  const tree = build(PLACES, 'u2');
  assert.deepEqual(subtree(tree, 'a1'), ['a1', 'u2']);
  const less = remove(tree, 'a1');
  assert.deepEqual(path(less), ['u1', 'a2', 'u3']);
  assert.equal(less.parents.has('u2'), false);
  assert.deepEqual(path(remove(less, 'u1')), []);
  assert.equal(remove(tree, 'nobody'), tree);
});

test('a tree does not change under who holds it', () => {
  const tree = build(PLACES, 'u2');
  const before = JSON.stringify([...tree.children, ...tree.chosen, ...tree.parents]);
  add(tree, { id: 'x', parent: 'u2' });
  choose(tree, 'a2');
  remove(tree, 'u1');
  assert.equal(JSON.stringify([...tree.children, ...tree.chosen, ...tree.parents]), before);
});

test('what is no tree is refused', () => {
  assert.throws(() => build([{ id: 'a', parent: 'b' }], null), /not before it/);
  assert.throws(() => build([{ id: 'a', parent: null }, { id: 'a', parent: null }], null), /twice/);
  assert.throws(() => add(EMPTY, { id: 'a', parent: 'b' }), /no message b/);
  assert.throws(() => choose(EMPTY, 'a'), /no message a/);
});

test('random changes keep a tree a tree', () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 40; round++) {
    let tree: Tree = EMPTY;
    for (let step = 0; step < 60; step++) {
      const ids = [...tree.parents.keys()];
      const some = ids[random(ids.length + 1)] ?? null;
      const what = random(10);
      if (what < 6 || some === null) tree = add(tree, { id: `m${step}`, parent: some });
      else if (what < 9) tree = choose(tree, some);
      else tree = remove(tree, some);
      check(tree);
    }
  }
});

function check(tree: Tree): void {
  const listed = [...tree.children.values()].flat();
  assert.equal(new Set(listed).size, listed.length);
  assert.deepEqual([...listed].sort(), [...tree.parents.keys()].sort());
  for (const [parent, children] of tree.children) {
    assert.ok(children.includes(tree.chosen.get(parent)!), 'each place with children has one chosen');
    for (const child of children) assert.equal(tree.parents.get(child), parent);
  }
  const shown = path(tree);
  assert.deepEqual(pathTo(tree, shown[shown.length - 1] ?? null), shown);
  assert.deepEqual(path(build(inOrder(tree), leaf(tree))), shown, 'a tree that is kept and read again shows the same');
}

function inOrder(tree: Tree): Place[] {
  const roots = tree.children.get(null) ?? [];
  return roots.flatMap((root) => subtree(tree, root)).map((id) => ({ id, parent: tree.parents.get(id) ?? null }));
}
