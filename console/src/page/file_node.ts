// The tree of files as far as it was read: no element, no connection.

import { joinPath, type SystemBytes } from '../lib/index.ts';

export interface Entry { path: SystemBytes; type?: string; size?: number; mode?: number; mtime_ns?: number; target?: SystemBytes; error?: string }

const keyOf = (name: SystemBytes): string => (typeof name === 'string' ? `t${name}` : `b${name.base64}`);

let made = 0;

export class FileNode {
  readonly id = ++made;
  private readonly key: string;
  readonly path: SystemBytes;
  readonly level: number;
  expanded = false;
  reading = false;
  /// Of a directory that has more names than were read.
  more = false;
  error = '';
  /// A symlink that leads to a directory.
  leadsToDirectory = false;
  private readonly byName = new Map<string, FileNode>();
  private sorted: FileNode[] | undefined;

  constructor(
    readonly parent: FileNode | undefined,
    public entry: Entry,
  ) {
    this.path = parent ? joinPath(parent.path, entry.path) : entry.path;
    this.level = parent ? parent.level + 1 : 1;
    this.key = keyOf(entry.path);
  }

  get isDirectory(): boolean {
    return this.entry.type === 'directory' || this.leadsToDirectory;
  }

  /// Itself, or the directory that it is in.
  get directory(): FileNode {
    return this.isDirectory ? this : this.parent!;
  }

  get size(): number {
    return this.byName.size;
  }

  /// Directories first, each kind in the order of its names.
  get children(): readonly FileNode[] {
    if (this.sorted) return this.sorted;
    const all = [...this.byName.values()];
    const inOrder = (list: FileNode[]): FileNode[] =>
      list.every((node, at) => at === 0 || list[at - 1]!.key < node.key) ? list : list.sort((a, b) => (a.key < b.key ? -1 : 1)); // mostly they come so
    this.sorted = [...inOrder(all.filter((node) => node.entry.type === 'directory')), ...inOrder(all.filter((node) => node.entry.type !== 'directory'))];
    return this.sorted;
  }

  child(name: SystemBytes): FileNode | undefined {
    return this.byName.get(keyOf(name));
  }

  /// What is known of these names now. A node stays as long as its name stands for the same type.
  put(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      const key = keyOf(entry.path);
      const old = this.byName.get(key);
      if (old && old.entry.type === entry.type) old.entry = entry;
      else this.byName.set(key, new FileNode(this, entry));
    }
    this.sorted = undefined;
  }

  drop(name: SystemBytes): void {
    this.byName.delete(keyOf(name));
    this.sorted = undefined;
  }

  /// Those of these names are left.
  keep(names: Iterable<SystemBytes>): void {
    const kept = new Set([...names].map(keyOf));
    for (const key of [...this.byName.keys()]) if (!kept.has(key)) this.byName.delete(key);
    this.sorted = undefined;
  }

  /// It, and each node below it that was read.
  *all(): Generator<FileNode> {
    yield this;
    for (const child of this.byName.values()) yield* child.all();
  }

  /// Whether it is still what its place in the tree says.
  get isThere(): boolean {
    return !this.parent || (this.parent.child(this.entry.path) === this && this.parent.isThere);
  }
}

/// One line of the tree: a file, "more" of a directory, or what is to be said of one.
export interface Row { kind: 'node' | 'more' | 'note'; node: FileNode; at: number; of: number; text?: string }

function noteOf(node: FileNode): string | undefined {
  if (node.error) return node.error;
  if (node.size > 0) return undefined;
  return node.reading ? 'Reading…' : 'This directory is empty.';
}

/// The lines that are open, from above.
export function rowsOf(root: FileNode): Row[] {
  const out: Row[] = [];
  const add = (node: FileNode, at: number, of: number): void => {
    out.push({ kind: 'node', node, at, of });
    if (!node.expanded) return;
    const note = noteOf(node);
    const lines = node.size + (node.more ? 1 : 0);
    if (note) out.push({ kind: 'note', node, at: 1, of: 1, text: note });
    node.children.forEach((child, index) => add(child, index + 1, lines));
    if (node.more) out.push({ kind: 'more', node, at: lines, of: lines });
  };
  add(root, 1, 1);
  return out;
}

/// The line of `rows` behind `from` whose name begins so, round the end; -1 where there is none.
export function findByName(rows: Row[], from: number, text: string, nameOf: (node: FileNode) => string): number {
  for (let step = 0; step < rows.length; ++step) {
    const at = (from + step) % rows.length;
    if (rows[at]!.kind === 'node' && nameOf(rows[at]!.node).toLowerCase().startsWith(text.toLowerCase())) return at;
  }
  return -1;
}
