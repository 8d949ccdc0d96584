// What is on its way: how far it is, how fast, and a way to stop it.

import { button, bytesText, complain, h, say } from './dom.ts';

export interface Running { signal: AbortSignal; onprogress: (bytes: number) => void }

export class Transfers {
  readonly element = h('div', { class: 'transfers' });

  async run(what: string, total: number | undefined, work: (how: Running) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const bar = h('progress', { attrs: { ...(total !== undefined && { max: String(total || 1), value: '0' }), 'aria-label': what } });
    const text = h('span', { class: 'dim' });
    const line = h('div', { class: 'row' }, h('span', { class: 'clip' }, what), bar, text, button('Stop', () => stop.abort(), { 'aria-label': `Stop: ${what}` }));
    this.element.append(line);
    const began = performance.now();
    let shownAt = 0;
    try {
      await work({
        signal: stop.signal,
        onprogress: (bytes) => {
          const now = performance.now();
          if (now - shownAt < 100) return;
          shownAt = now;
          bar.value = bytes;
          say(text, `${bytesText(bytes)}${total ? ` of ${bytesText(total)}` : ''}, ${bytesText((bytes * 1000) / Math.max(now - began, 1))}/s`);
        },
      });
    } catch (error) {
      if (!stop.signal.aborted) complain(error);
    } finally {
      line.remove();
    }
  }
}
