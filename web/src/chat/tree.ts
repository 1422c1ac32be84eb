/**
 * The shape of a chat: a tree of messages in which every place has one chosen branch.
 *
 * An edited message and an answer made again are siblings of what they replace, so nothing that was said is lost. The
 * tree knows ids only; texts live elsewhere, so that a token that arrives does not touch it. Values are immutable.
 */
export interface Tree {
  readonly parents: ReadonlyMap<string, string | null>;
  readonly children: ReadonlyMap<string | null, readonly string[]>;
  /** The child on whose branch the chat goes on, for each message that has children (null: the root). */
  readonly chosen: ReadonlyMap<string | null, string>;
}

export interface Place {
  readonly id: string;
  readonly parent: string | null;
}

export interface Siblings {
  readonly ids: readonly string[];
  readonly index: number;
}

export const EMPTY: Tree = { parents: new Map(), children: new Map(), chosen: new Map() };

/** A tree of places in order of creation, parents first; `leaf` names the branch that is shown. */
export function build(places: Iterable<Place>, leaf: string | null): Tree {
  const parents = new Map<string, string | null>();
  const children = new Map<string | null, string[]>();
  const chosen = new Map<string | null, string>();
  for (const { id, parent } of places) {
    if (parents.has(id)) throw new Error(`message ${id} is there twice`);
    if (parent !== null && !parents.has(parent)) throw new Error(`message ${id} answers ${parent}, which is not before it`);
    parents.set(id, parent);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [id]);
    else siblings.push(id);
    chosen.set(parent, id);
  }
  const tree = { parents, children, chosen };
  return leaf !== null && parents.has(leaf) ? choose(tree, leaf) : tree;
}

/** The tree with one more message, on the chosen branch. */
export function add(tree: Tree, place: Place): Tree {
  if (tree.parents.has(place.id)) throw new Error(`message ${place.id} is there twice`);
  if (place.parent !== null && !tree.parents.has(place.parent)) throw new Error(`there is no message ${place.parent}`);
  const parents = new Map(tree.parents).set(place.id, place.parent);
  const children = new Map(tree.children).set(place.parent, [...(tree.children.get(place.parent) ?? []), place.id]);
  return choose({ parents, children, chosen: tree.chosen }, place.id);
}

/** The tree with the branch through `id` chosen, from the root to it; below it the earlier choices stay. */
export function choose(tree: Tree, id: string): Tree {
  const chosen = new Map(tree.chosen);
  let at: string | null = id;
  while (at !== null) {
    const parent: string | null | undefined = tree.parents.get(at);
    if (parent === undefined) throw new Error(`there is no message ${at}`);
    chosen.set(parent, at);
    at = parent;
  }
  return { ...tree, chosen };
}

/** The tree without `id` and all below it; a sibling is chosen where it was. */
export function remove(tree: Tree, id: string): Tree {
  const parent = tree.parents.get(id);
  if (parent === undefined) return tree;
  const parents = new Map(tree.parents);
  const children = new Map(tree.children);
  const chosen = new Map(tree.chosen);
  for (const gone of subtree(tree, id)) {
    parents.delete(gone);
    children.delete(gone);
    chosen.delete(gone);
  }
  const left = (tree.children.get(parent) ?? []).filter((sibling) => sibling !== id);
  const last = left[left.length - 1];
  if (last === undefined) {
    children.delete(parent);
    chosen.delete(parent);
  } else {
    children.set(parent, left);
    if (tree.chosen.get(parent) === id) chosen.set(parent, last);
  }
  return { parents, children, chosen };
}

/** `id` and all below it, parents first. */
export function subtree(tree: Tree, id: string): string[] {
  const ids = [id];
  for (let i = 0; i < ids.length; i++) ids.push(...(tree.children.get(ids[i]!) ?? []));
  return ids;
}

/** Ids of the chosen branch, from the root. */
export function path(tree: Tree): string[] {
  const ids: string[] = [];
  for (let at = tree.chosen.get(null); at !== undefined; at = tree.chosen.get(at)) ids.push(at);
  return ids;
}

/** Ids from the root to `id`, with it. */
export function pathTo(tree: Tree, id: string | null): string[] {
  const ids: string[] = [];
  for (let at = id; at !== null; at = tree.parents.get(at) ?? null) ids.push(at);
  return ids.reverse();
}

/** The last message of the chosen branch; null in an empty tree. */
export function leaf(tree: Tree): string | null {
  const ids = path(tree);
  return ids[ids.length - 1] ?? null;
}

export function siblings(tree: Tree, id: string): Siblings {
  const ids = tree.children.get(tree.parents.get(id) ?? null) ?? [];
  return { ids, index: ids.indexOf(id) };
}
