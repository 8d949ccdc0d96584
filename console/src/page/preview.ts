// What is in a file, as text or as a picture, beside the tree.

import { getFile, shown, type SystemBytes } from '../lib/index.ts';
import { button, bytesText, clear, h, messageOf } from './dom.ts';
import type { World } from './view.ts';

const TEXT_BYTES = 256 * 1024;
const IMAGE_BYTES = 16 * 1024 * 1024;
const IMAGES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

export class Preview {
  readonly element = h('section', { class: 'preview', attrs: { 'aria-label': 'Preview' } });
  private reading: AbortController | undefined;

  /// `left` is called when it was closed by hand.
  constructor(
    private readonly world: World,
    private readonly left: () => void,
  ) {}

  close(): void {
    this.reading?.abort();
    clear(this.element);
  }

  async show(path: SystemBytes): Promise<void> {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    const name = shown(path);
    const content = h('div', { class: 'fill' }, 'Reading…');
    const close = button('Close', () => {
      this.close();
      this.left();
    }, { 'aria-label': 'Close the preview' });
    clear(this.element, h('div', { class: 'row' }, h('h3', { class: 'clip', title: name }, name), h('span', { class: 'grow' }), close), content);
    const image = IMAGES[name.split('.').at(-1)!.toLowerCase()];
    const most = image ? IMAGE_BYTES : TEXT_BYTES;
    try {
      const { parts, size } = await getFile(await this.world.link.get(), path, { length: most, signal: reading.signal });
      const blob = new Blob(parts as Uint8Array<ArrayBuffer>[], { type: image ?? 'text/plain' });
      if (image && size <= most) clear(content, pictureOf(blob, name));
      else clear(content, ...(await textOf(blob, name, size, most)));
    } catch (error) {
      if (!reading.signal.aborted) clear(content, h('p', { class: 'note' }, messageOf(error)));
    }
  }
}

function pictureOf(blob: Blob, name: string): HTMLElement {
  const picture = h('img', { attrs: { alt: name } });
  picture.src = URL.createObjectURL(blob);
  picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src);
  return picture;
}

async function textOf(blob: Blob, name: string, size: number, most: number): Promise<HTMLElement[]> {
  const text = await blob.text();
  const isText = !text.includes('\u0000');
  const about = h('p', { class: 'dim' }, `${bytesText(size || blob.size)}${size > most ? `, of which the first ${bytesText(most)} are shown` : ''}${isText ? '' : ', no text'}`);
  return isText ? [about, h('pre', { class: 'output', attrs: { tabindex: '0', role: 'region', 'aria-label': `Content of ${name}` } }, text)] : [about];
}
