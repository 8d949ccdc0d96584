// A tree of files by the pattern of ARIA: one stop of the Tab key, arrows, Home, End, names that are typed. Of many lines
// those alone are elements that are in view.

import { shown } from '../lib/index.ts';
import { bytesText, h, icon } from './dom.ts';
import { findByName, rowsOf, type FileNode, type Row } from './file_node.ts';

export interface TreeActions {
  /// Of a directory: to open or close it; of a file: to show it.
  open: (node: FileNode) => void;
  close: (node: FileNode) => void;
  more: (node: FileNode) => void;
  selected: (node: FileNode | undefined) => void;
  rename: (node: FileNode) => void;
  remove: (node: FileNode) => void;
  /// Where files may be dropped; nothing where they may not.
  drop: (files: File[], into: FileNode) => void;
  mayDrop: () => boolean;
}

const ROW = 32; // pixels, as the sheet of styles has it
const BEYOND = 8;
const TYPING_MS = 700;

const keyOf = (row: Row): string => `${row.kind}-${row.node.id}`;
const nameOf = (node: FileNode): string => (node.parent ? shown(node.entry.path) : '/');

function whatOf(node: FileNode): string {
  const entry = node.entry;
  if (entry.error) return entry.error;
  if (entry.target !== undefined) return `→ ${shown(entry.target)}`;
  return entry.type === 'file' ? bytesText(entry.size) : node.isDirectory ? '' : (entry.type ?? '');
}

const timeOf = (node: FileNode): string =>
  node.entry.mtime_ns === undefined ? '' : new Date(node.entry.mtime_ns / 1e6).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

export class TreeView {
  readonly element = h('div', { class: 'tree scroll', attrs: { role: 'tree', tabindex: '0', 'aria-label': 'Files of the host' } });
  private readonly space = h('div', { class: 'space', attrs: { role: 'none' } });
  private readonly shownRows = new Map<string, { said: string; element: HTMLElement }>();
  private rows: Row[] = [];
  private active = 0;
  private activeKey = '';
  private over: FileNode | undefined;
  private typed = '';
  private typedAt = 0;
  private frame = 0;

  constructor(
    private readonly root: FileNode,
    private readonly act: TreeActions,
  ) {
    this.element.append(this.space);
    this.element.addEventListener('scroll', () => this.draw());
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => this.onClick(event));
    this.listenForDrops();
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get selected(): FileNode | undefined {
    const row = this.rows[this.active];
    return row?.kind === 'node' ? row.node : undefined;
  }

  /// Something of the tree is another now: it is drawn with the next frame.
  changed(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw(true);
    });
  }

  select(node: FileNode): void {
    this.refreshRows();
    const at = this.rows.findIndex((row) => row.kind === 'node' && row.node === node);
    if (at >= 0) this.moveTo(at);
  }

  private refreshRows(): void {
    this.rows = rowsOf(this.root);
    const same = this.rows.findIndex((row) => keyOf(row) === this.activeKey);
    this.active = same >= 0 ? same : this.nearest(Math.min(this.active, this.rows.length - 1));
    if (same < 0) this.remember();
  }

  /// Lines may come and go above the one that the keys are for: where that was in view it stays where it is.
  private refreshInPlace(): void {
    const below = this.active * ROW - this.element.scrollTop;
    const inView = below >= 0 && below < this.element.clientHeight;
    this.refreshRows();
    this.space.style.height = `${this.rows.length * ROW}px`;
    if (inView) this.element.scrollTop = this.active * ROW - below;
  }

  /// The line itself, or one before it that can be selected: the first one can.
  private nearest(at: number): number {
    while (this.rows[at]?.kind === 'note') --at;
    return Math.max(at, 0);
  }

  private remember(): void {
    const row = this.rows[this.active];
    this.activeKey = row ? keyOf(row) : '';
    this.act.selected(this.selected);
  }

  private moveTo(at: number): void {
    this.active = at;
    this.remember();
    const top = at * ROW;
    const { scrollTop, clientHeight } = this.element;
    this.space.style.height = `${this.rows.length * ROW}px`;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
    this.draw();
  }

  private move(by: number): void {
    const last = this.rows.length - 1;
    let at = Math.max(0, Math.min(last, this.active + by));
    const step = by < 0 ? -1 : 1;
    while (this.rows[at]?.kind === 'note' && at + step >= 0 && at + step <= last) at += step;
    this.moveTo(this.nearest(at));
  }

  private draw(anew = false): void {
    if (anew || this.rows.length === 0) this.refreshInPlace();
    this.space.style.height = `${this.rows.length * ROW}px`;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - BEYOND);
    const end = Math.min(this.rows.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + BEYOND);
    const gone = new Set(this.shownRows.keys());
    for (let at = first; at < end; ++at) {
      gone.delete(keyOf(this.rows[at]!));
      this.place(at);
    }
    for (const key of gone) {
      this.shownRows.get(key)!.element.remove();
      this.shownRows.delete(key);
    }
    const isDrawn = this.active >= first && this.active < end;
    if (isDrawn) this.element.setAttribute('aria-activedescendant', `tree-${this.activeKey}`);
    else this.element.removeAttribute('aria-activedescendant');
  }

  private place(at: number): void {
    const row = this.rows[at]!;
    const key = keyOf(row);
    const old = this.shownRows.get(key);
    const said = JSON.stringify([row.node.entry, row.node.expanded, row.text, at, row.at, row.of, at === this.active, row.node === this.over, row.node.isDirectory]);
    if (old?.said === said) return;
    const element = old?.element ?? h('div', { attrs: { id: `tree-${key}`, role: 'treeitem' } });
    element.className = `line ${row.kind}${at === this.active ? ' active' : ''}${row.node === this.over && row.kind === 'node' ? ' over' : ''}`;
    element.dataset['at'] = String(at);
    element.style.top = `${at * ROW}px`;
    const level = row.node.level + (row.kind === 'node' ? 0 : 1);
    element.style.paddingLeft = `${0.4 + (level - 1) * 1.1}rem`;
    const state: Record<string, string | undefined> = {
      'aria-level': String(level), 'aria-posinset': String(row.at), 'aria-setsize': String(row.of), 'aria-selected': String(at === this.active),
      'aria-expanded': row.kind === 'node' && row.node.isDirectory ? String(row.node.expanded) : undefined, 'aria-disabled': row.kind === 'note' ? 'true' : undefined,
    };
    for (const [name, value] of Object.entries(state)) {
      if (value === undefined) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
    element.replaceChildren(...this.contentOf(row));
    if (!old) this.space.append(element);
    this.shownRows.set(key, { said, element });
  }

  private contentOf(row: Row): Node[] {
    if (row.kind === 'note') return [h('span', { class: 'dim' }, row.text)];
    if (row.kind === 'more') return [h('span', { class: 'link' }, `The first ${row.node.size} names are shown: show more`)];
    const { node } = row;
    const kind = node.entry.type === 'directory' ? 'directory' : node.entry.type === 'symlink' ? 'symlink' : 'file';
    return [h('span', { class: node.isDirectory ? `twist${node.expanded ? ' open' : ''}` : 'twist none', attrs: { 'aria-hidden': 'true' } }), icon(kind),
      h('span', { class: 'name mono' }, nameOf(node)), h('span', { class: 'what' }, whatOf(node)), h('span', { class: 'changed wide' }, timeOf(node))];
  }

  private activate(row: Row): void {
    if (row.kind === 'more') this.act.more(row.node);
    else if (row.kind === 'node') (row.node.expanded ? this.act.close : this.act.open)(row.node);
  }

  private onClick(event: MouseEvent): void {
    const row = this.rowOf(event);
    if (!row || row.kind === 'note') return;
    this.moveTo(this.rows.indexOf(row));
    this.activate(row);
  }

  private rowOf(event: Event): Row | undefined {
    const element = (event.target as Element).closest<HTMLElement>('[role=treeitem]');
    return element ? this.rows[Number(element.dataset['at'])] : undefined;
  }

  private onKey(event: KeyboardEvent): void {
    const row = this.rows[this.active];
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const node = row.kind === 'node' ? row.node : undefined;
    const keys: Record<string, () => void> = {
      ArrowDown: () => this.move(1), ArrowUp: () => this.move(-1), PageDown: () => this.move(page), PageUp: () => this.move(-page),
      Home: () => this.moveTo(0), End: () => this.moveTo(this.nearest(this.rows.length - 1)),
      ArrowRight: () => this.goIn(row), ArrowLeft: () => this.goOut(row), Enter: () => this.activate(row), ' ': () => this.activate(row),
      F2: () => node?.parent && this.act.rename(node), Delete: () => node?.parent && this.act.remove(node),
    };
    const known = event.key === ' ' && this.isTyping() ? undefined : keys[event.key];
    if (known) known();
    else if (event.key.length === 1) this.type(event.key);
    else return;
    event.preventDefault();
  }

  private goIn(row: Row): void {
    if (row.kind !== 'node' || !row.node.isDirectory) return;
    if (row.node.expanded) this.move(1);
    else this.act.open(row.node);
  }

  private goOut(row: Row): void {
    if (row.kind === 'node' && row.node.expanded) return this.act.close(row.node);
    const up = row.kind === 'node' ? row.node.parent : row.node;
    if (up) this.select(up);
  }

  private isTyping(): boolean {
    return this.typed !== '' && performance.now() - this.typedAt < TYPING_MS;
  }

  /// One letter goes on to the next name that begins so; more of them soon after it are the beginning of a name.
  private type(key: string): void {
    const again = this.isTyping();
    this.typed = again ? this.typed + key : key;
    this.typedAt = performance.now();
    const at = findByName(this.rows, this.active + (again ? 0 : 1), this.typed, nameOf);
    if (at >= 0) this.moveTo(at);
  }

  private listenForDrops(): void {
    const mark = (node: FileNode | undefined): void => {
      if (node === this.over) return;
      this.over = node;
      this.draw();
    };
    const target = (event: Event): FileNode => this.rowOf(event)?.node.directory ?? this.root;
    for (const name of ['dragenter', 'dragover'] as const)
      this.element.addEventListener(name, (event) => {
        event.preventDefault();
        mark(this.act.mayDrop() ? target(event) : undefined);
      });
    this.element.addEventListener('dragleave', (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) mark(undefined);
    });
    this.element.addEventListener('drop', (event) => {
      event.preventDefault();
      mark(undefined);
      if (this.act.mayDrop()) this.act.drop([...(event.dataTransfer?.files ?? [])], target(event));
    });
  }
}
