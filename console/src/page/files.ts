// The files of the host: directories, a preview, and what is carried there and back.

import { getFile, joinPath, jsonLines, putFile, reasonOf, shown, type SystemBytes } from '../lib/index.ts';
import { ask, button, bytesText, clear, complain, h, icon, messageOf, say, toast } from './dom.ts';
import { Table } from './table.ts';
import { Transfers } from './transfers.ts';
import type { View, World } from './view.ts';

interface Entry { path: SystemBytes; type?: string; size?: number; mode?: number; mtime_ns?: number; target?: SystemBytes; error?: string }

const MOST_ENTRIES = 5000;
const PREVIEW_BYTES = 256 * 1024;
const IMAGE_BYTES = 16 * 1024 * 1024;
const IMAGES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

const parentOf = (path: string): string => path.replace(/\/+$/, '').replace(/[^/]*$/, '').replace(/\/+$/, '') || '/';

export function filesView(world: World): View {
  let directory = '/';
  let listing = 0;
  const crumbs = h('nav', { class: 'crumbs', attrs: { 'aria-label': 'Path' } });
  const table = new Table([{ title: 'Name', class: 'name' }, { title: 'Size', class: 'clip size' }, { title: 'Changed', wide: true, class: 'changed' }, { title: '', class: 'menu' }]);
  const status = h('p', { class: 'dim', attrs: { role: 'status' } });
  const preview = h('section', { class: 'preview', attrs: { 'aria-label': 'Preview' } });
  const transfers = new Transfers();
  const chooser = h('input', { attrs: { type: 'file', multiple: '', 'aria-label': 'Files to upload', tabindex: '-1' }, class: 'away' });
  const drop = h('div', { class: 'drop scroll' }, table.element, h('p', { class: 'hint' }, 'Drop files here to upload them.'));
  const mayPut = (): boolean => world.may('put');
  const upload = button('Upload', () => chooser.click(), { class: 'primary' });
  const make = button('New directory', () => void makeDirectory());

  const draw = (): void => {
    const names = directory.split('/').filter(Boolean);
    clear(crumbs, button('/', () => world.go('files', '/'), { class: 'link', 'aria-label': 'Root' }), ...names.map((name, at) =>
      button(name, () => world.go('files', `/${names.slice(0, at + 1).join('/')}`), { class: 'link' })));
    drop.classList.toggle('writable', mayPut());
    upload.hidden = make.hidden = chooser.disabled = chooser.hidden = !mayPut();
  };

  const refresh = async (): Promise<void> => {
    const mine = ++listing;
    draw();
    say(status, 'Reading…');
    const entries: Entry[] = [];
    try {
      const connection = await world.link.get();
      draw(); // what the key allows is known now
      const call = connection.open('file.list', { path: directory } as never, { from: ['entries'] });
      let count = 0;
      for await (const entry of jsonLines<Entry>(call.stream('entries'))) {
        if (mine !== listing) return call.cancel();
        if (++count <= MOST_ENTRIES) entries.push(entry);
      }
      await call.result;
      say(status, count > MOST_ENTRIES ? `${count} entries, of which the first ${MOST_ENTRIES} are shown.` : count === 0 ? 'This directory is empty.' : '');
    } catch (error) {
      say(status, messageOf(error));
    }
    if (mine === listing) list(entries);
  };

  /// Directories first, and before them the way up.
  const list = (entries: Entry[]): void => {
    const up: Entry[] = directory === '/' ? [] : [{ path: '..', type: 'directory' }];
    const directories = entries.filter((e) => e.type === 'directory');
    const all = [...up, ...directories, ...entries.filter((e) => e.type !== 'directory')];
    table.show(all, (entry) => `${directory}\n${JSON.stringify(entry.path)}`, (entry) => JSON.stringify(entry), (entry) => (entry.path === '..' ? [h('span', { class: 'entry' }, icon('directory'), button('..', () => world.go('files', parentOf(directory)), { class: 'link mono', 'aria-label': 'Parent directory' }))] : cellsOf(entry)));
  };

  const cellsOf = (entry: Entry): (Node | string)[] => {
    const path = joinPath(directory, entry.path);
    const named = shown(entry.path);
    const isDirectory = entry.type === 'directory';
    const open = (): void => void (isDirectory && typeof path === 'string' ? world.go('files', path) : entry.type === 'symlink' ? openLink(path) : showPreview(path));
    const name = button(named + (isDirectory ? '/' : ''), open, { class: 'link mono' });
    const menu = h('div', { class: 'row end' });
    if (world.may('get') && entry.type === 'file') menu.append(button('Download', () => void download(path, entry), { 'aria-label': `Download ${named}` }));
    if (mayPut()) {
      menu.append(button('Rename', () => void rename(path, entry), { 'aria-label': `Rename ${named}` }));
      menu.append(button('Delete', () => void remove(path, entry), { class: 'danger', 'aria-label': `Delete ${named}` }));
    }
    const what = entry.error ?? (entry.type === 'file' ? bytesText(entry.size) : entry.target !== undefined ? `→ ${shown(entry.target)}` : isDirectory ? '' : (entry.type ?? ''));
    const changed = entry.mtime_ns === undefined ? '' : new Date(entry.mtime_ns / 1e6).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    return [h('span', { class: 'entry' }, icon(isDirectory ? 'directory' : entry.type === 'symlink' ? 'symlink' : 'file'), name), what, changed, menu];
  };

  const openLink = async (path: SystemBytes): Promise<void> => {
    try {
      const info = (await (await world.link.get()).call('file.stat', { path } as never)) as unknown as Entry;
      if (info.type === 'directory' && typeof path === 'string') world.go('files', path);
      else await showPreview(path);
    } catch (error) {
      complain(error);
    }
  };

  const showPreview = async (path: SystemBytes): Promise<void> => {
    const name = shown(path);
    const content = h('div', { class: 'fill' }, 'Reading…');
    clear(preview, h('div', { class: 'row' }, h('h3', { class: 'clip' }, name), h('span', { class: 'grow' }), button('Close', () => clear(preview))), content);
    const image = IMAGES[name.split('.').at(-1)!.toLowerCase()];
    const most = image ? IMAGE_BYTES : PREVIEW_BYTES;
    try {
      const { parts, size } = await getFile(await world.link.get(), path, { length: most });
      const blob = new Blob(parts as Uint8Array<ArrayBuffer>[], { type: image ?? 'text/plain' });
      if (image && size <= most) {
        const picture = h('img', { attrs: { alt: name } });
        picture.src = URL.createObjectURL(blob);
        picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src);
        clear(content, picture);
        return;
      }
      const text = await blob.text();
      const isText = !text.includes('\u0000');
      clear(content, h('p', { class: 'dim' }, `${bytesText(size || blob.size)}${size > most ? `, of which the first ${bytesText(most)} are shown` : ''}${isText ? '' : ', no text'}`),
        isText && h('pre', { class: 'output', attrs: { tabindex: '0', role: 'region', 'aria-label': `Content of ${name}` } }, text));
    } catch (error) {
      clear(content, h('p', { class: 'note' }, messageOf(error)));
    }
  };

  const download = (path: SystemBytes, entry: Entry): Promise<void> =>
    transfers.run(`Download ${shown(entry.path)}`, entry.size, async (how) => {
      const { parts } = await getFile(await world.link.get(), path, how);
      const link = h('a');
      link.href = URL.createObjectURL(new Blob(parts as Uint8Array<ArrayBuffer>[]));
      link.download = shown(entry.path).split('/').at(-1)!;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });

  const send = async (files: Iterable<File>): Promise<void> => {
    const into = directory;
    for (const file of files) {
      const path = joinPath(into, file.name);
      await transfers.run(`Upload ${file.name}`, file.size, async (how) => {
        const connection = await world.link.get();
        try {
          await putFile(connection, path, file, { ...how, overwrite: false });
        } catch (error) {
          if (reasonOf(error) !== 'already_exists' || (await ask(`Replace ${shown(path)}?`, 'Replace')) === undefined) throw error;
          await putFile(connection, path, file, how);
        }
      });
    }
    if (into === directory) await refresh();
  };

  const change = async (method: 'file.mkdir' | 'file.rename' | 'file.remove', params: Record<string, unknown>): Promise<void> => {
    try {
      await (await world.link.get()).call(method, params as never);
    } catch (error) {
      complain(error);
    }
    await refresh();
  };

  const makeDirectory = async (): Promise<void> => {
    const name = await ask('Name of the new directory', 'Make', '');
    if (name) await change('file.mkdir', { path: joinPath(directory, name) });
  };

  const rename = async (path: SystemBytes, entry: Entry): Promise<void> => {
    const name = await ask(`New name of ${shown(entry.path)}`, 'Rename', typeof entry.path === 'string' ? entry.path : '');
    if (name && name !== entry.path) await change('file.rename', { from: path, to: joinPath(directory, name), overwrite: false });
  };

  const remove = async (path: SystemBytes, entry: Entry): Promise<void> => {
    const isDirectory = entry.type === 'directory';
    if ((await ask(`Delete ${shown(entry.path)}${isDirectory ? ' and all that is in it' : ''}? This cannot be undone.`, 'Delete')) === undefined) return;
    await change('file.remove', { path, ...(isDirectory && { recursive: true }) });
    toast(`Deleted ${shown(entry.path)}`);
  };

  chooser.addEventListener('change', () => {
    void send([...(chooser.files ?? [])]);
    chooser.value = '';
  });
  for (const name of ['dragenter', 'dragover'] as const)
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', mayPut());
    });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (mayPut()) void send([...(event.dataTransfer?.files ?? [])]);
  });

  const element = h('div', { class: 'fill' }, h('div', { class: 'row' }, h('h2', {}, 'Files'), h('span', { class: 'grow' }), upload, make, button('Refresh', () => void refresh()), chooser),
    crumbs, status, transfers.element, h('div', { class: 'split fill' }, drop, preview));
  return {
    element,
    show: (path) => {
      directory = path || '/';
      void refresh();
    },
  };
}
