// The files of the host: a tree, a preview, and what is carried there and back.

import { getFile, joinPath, putFile, reasonOf, shown, type SystemBytes } from '../lib/index.ts';
import { DirectoryReader } from './directory_reader.ts';
import { ask, button, complain, h, say, toast } from './dom.ts';
import { FileNode, type Entry } from './file_node.ts';
import { Preview } from './preview.ts';
import { Transfers } from './transfers.ts';
import { TreeView } from './tree_view.ts';
import type { View, World } from './view.ts';

export function filesView(world: World): View {
  return new Files(world);
}

class Files implements View {
  readonly element: HTMLElement;
  private readonly root = new FileNode(undefined, { path: '/', type: 'directory' });
  private readonly readers = new Map<FileNode, DirectoryReader>();
  private readonly transfers = new Transfers();
  private readonly chooser = h('input', { attrs: { type: 'file', multiple: '', 'aria-label': 'Files to upload', tabindex: '-1' }, class: 'away' });
  private readonly place = h('p', { class: 'dim mono', attrs: { role: 'status' } });
  private readonly tree: TreeView;
  private readonly preview: Preview;
  private readonly buttons = {
    upload: button('Upload', () => this.chooser.click(), { class: 'primary' }),
    make: button('New directory', () => void this.makeDirectory()),
    download: button('Download', () => this.of((node) => this.download(node))),
    rename: button('Rename', () => this.of((node) => this.rename(node))),
    remove: button('Delete', () => this.of((node) => this.remove(node)), { class: 'danger' }),
  };

  constructor(private readonly world: World) {
    this.preview = new Preview(world, () => this.tree.element.focus());
    this.tree = new TreeView(this.root, {
      open: (node) => void this.open(node).catch(complain),
      close: (node) => this.close(node),
      more: (node) => void this.readers.get(node)?.more(),
      selected: (node) => this.offer(node),
      rename: (node) => this.mayPut() && void this.rename(node),
      remove: (node) => this.mayPut() && void this.remove(node),
      drop: (files, into) => void this.send(files, into),
      mayDrop: () => this.mayPut(),
    });
    this.chooser.addEventListener('change', () => {
      void this.send([...(this.chooser.files ?? [])], this.here);
      this.chooser.value = '';
    });
    const { upload, make, download, rename, remove } = this.buttons;
    const refresh = button('Refresh', () => void this.refresh());
    this.element = h('div', { class: 'fill' }, h('div', { class: 'row' }, h('h2', {}, 'Files'), h('span', { class: 'grow' }), upload, make, download, rename, remove, refresh, this.chooser),
      this.place, this.transfers.element, h('div', { class: 'split fill' }, this.tree.element, this.preview.element));
  }

  /// With a path: down to it.
  show(path: string): void {
    void this.world.link.get().then(() => this.offer(this.tree.selected)); // what the key allows is known then
    for (const reader of this.readers.values()) if (!reader.isLive) void reader.refresh();
    void this.reveal(path).catch(complain);
  }

  private get here(): FileNode {
    return (this.tree.selected ?? this.root).directory;
  }

  private mayPut(): boolean {
    return this.world.may('put');
  }

  private of(work: (node: FileNode) => Promise<void>): void {
    if (this.tree.selected) void work(this.tree.selected);
  }

  /// What can be done with what is selected, and where it is.
  private offer(node: FileNode | undefined): void {
    const { upload, make, download, rename, remove } = this.buttons;
    const named = node?.parent ? shown(node.entry.path) : '';
    const into = shown((node ?? this.root).directory.path);
    say(this.place, node ? shown(node.path) : into);
    upload.hidden = make.hidden = rename.hidden = remove.hidden = this.chooser.disabled = this.chooser.hidden = !this.mayPut();
    download.hidden = !this.world.may('get');
    download.disabled = node?.entry.type !== 'file';
    rename.disabled = remove.disabled = !named;
    for (const [each, what] of [[upload, `Upload into ${into}`], [make, `New directory in ${into}`], [download, `Download ${named}`], [rename, `Rename ${named}`], [remove, `Delete ${named}`]] as const)
      each.setAttribute('aria-label', what.trim());
    const path = node && typeof node.path === 'string' ? node.path : '/';
    if (!this.element.hidden) history.replaceState(null, '', path === '/' ? '#files' : `#files:${encodeURIComponent(path)}`);
  }

  private async open(node: FileNode): Promise<void> {
    if (node.entry.type === 'symlink' && !node.leadsToDirectory) {
      const info = (await (await this.world.link.get()).call('file.stat', { path: node.path } as never)) as unknown as Entry;
      node.leadsToDirectory = info.type === 'directory';
    }
    if (!node.isDirectory) return this.preview.show(node.path);
    if (node.expanded) return;
    node.expanded = true;
    const reader = new DirectoryReader(this.world, node, () => this.changed());
    this.readers.set(node, reader);
    this.tree.changed();
    await reader.open();
  }

  /// With all that is open in it.
  private close(node: FileNode): void {
    for (const each of node.all()) {
      each.expanded = false;
      this.readers.get(each)?.close();
      this.readers.delete(each);
    }
    this.tree.changed();
  }

  private changed(): void {
    for (const node of this.readers.keys()) if (!node.isThere) this.close(node);
    this.tree.changed();
  }

  private async reveal(path: string): Promise<void> {
    await this.open(this.root);
    let at = this.root;
    for (const name of path.split('/').filter(Boolean)) {
      const next = at.child(name);
      if (!next) break;
      at = next;
      if (at.isDirectory) await this.open(at);
    }
    if (path) this.tree.select(at);
  }

  private async refresh(): Promise<void> {
    await Promise.all([...this.readers.values()].map((reader) => reader.refresh()));
  }

  /// Does it, shows what has become of that name, and selects it.
  private async change(method: 'file.mkdir' | 'file.rename', params: Record<string, unknown>, into: FileNode, ...names: SystemBytes[]): Promise<void> {
    try {
      await (await this.world.link.get()).call(method, params as never);
      await this.readers.get(into)?.look(names);
      const node = into.child(names.at(-1)!);
      if (node) this.tree.select(node);
    } catch (error) {
      complain(error);
    }
  }

  private async makeDirectory(): Promise<void> {
    const into = this.here;
    const name = await ask(`Name of the new directory in ${shown(into.path)}`, 'Make', '');
    this.tree.element.focus();
    if (!name) return;
    await this.open(into);
    await this.change('file.mkdir', { path: joinPath(into.path, name) }, into, name);
  }

  private async rename(node: FileNode): Promise<void> {
    const { path } = node.entry;
    const name = await ask(`New name of ${shown(path)}`, 'Rename', typeof path === 'string' ? path : '');
    this.tree.element.focus();
    if (name && name !== path) await this.change('file.rename', { from: node.path, to: joinPath(node.parent!.path, name), overwrite: false }, node.parent!, path, name);
  }

  private async remove(node: FileNode): Promise<void> {
    const isDirectory = node.entry.type === 'directory';
    const question = `Delete ${shown(node.entry.path)}${isDirectory ? ' and all that is in it' : ''}? This cannot be undone.`;
    const answer = await ask(question, 'Delete');
    this.tree.element.focus();
    if (answer === undefined) return;
    const name = shown(node.entry.path);
    await this.transfers.run(`Delete ${name}`, undefined, async (how) => {
      const connection = await this.world.link.get();
      const call = connection.open('file.remove', { path: node.path, ...(isDirectory && { recursive: true }) } as never);
      how.signal.addEventListener('abort', () => call.cancel());
      try {
        await call.result;
        toast(`Deleted ${name}`);
      } finally {
        await this.readers.get(node.parent!)?.look([node.entry.path]); // a part of it may be gone
      }
    });
  }

  private download(node: FileNode): Promise<void> {
    const name = shown(node.entry.path);
    return this.transfers.run(`Download ${name}`, node.entry.size, async (how) => {
      const { parts } = await getFile(await this.world.link.get(), node.path, how);
      const link = h('a');
      link.href = URL.createObjectURL(new Blob(parts as Uint8Array<ArrayBuffer>[]));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
  }

  private async send(files: Iterable<File>, into: FileNode): Promise<void> {
    for (const file of files) {
      const path = joinPath(into.path, file.name);
      await this.transfers.run(`Upload ${file.name}`, file.size, async (how) => {
        const connection = await this.world.link.get();
        try {
          await putFile(connection, path, file, { ...how, overwrite: false });
        } catch (error) {
          if (reasonOf(error) !== 'already_exists' || (await ask(`Replace ${shown(path)}?`, 'Replace')) === undefined) throw error;
          await putFile(connection, path, file, how);
        }
        await this.readers.get(into)?.look([file.name]);
      });
    }
    if (!into.expanded) await this.open(into).catch(complain); // what has come is to be seen
  }
}
