// Output as text: the last bytes of it, with a search. It is drawn at most once a frame, however fast it comes.

import { button, h, say } from './dom.ts';

const MOST_CHARACTERS = 1 << 20;
const MOST_NODES = 400;
/// Escape sequences of terminals: colours, cursor, titles. A text has no use for them.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[@-Z\\-_])|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

export class OutputText {
  readonly element: HTMLElement;
  private readonly text: HTMLElement;
  private readonly count = h('span', { class: 'dim', attrs: { role: 'status' } });
  private readonly search = h('input', { attrs: { type: 'search', placeholder: 'Search', 'aria-label': 'Search in the output' } });
  private readonly decoders = { out: new TextDecoder(), err: new TextDecoder() };
  private pending: { text: string; err: boolean }[] = [];
  private pendingSize = 0;
  private size = 0;
  private frame = 0;
  private drawn: (() => void)[] = [];
  private matches: Range[] = [];
  private at = -1;

  constructor(label = 'Output') {
    this.text = h('pre', { class: 'output', attrs: { tabindex: '0', role: 'region', 'aria-label': label } });
    this.element = h('div', { class: 'fill' }, h('div', { class: 'row' }, this.search, button('Previous', () => this.step(-1)), button('Next', () => this.step(1)), this.count), this.text);
    this.search.addEventListener('input', () => this.find());
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.step(event.shiftKey ? -1 : 1);
    });
  }

  /// Resolves at once while little waits to be drawn, else when it is drawn: what reads the host waits for that.
  add(bytes: Uint8Array, err: boolean): Promise<void> {
    const text = this.decoders[err ? 'err' : 'out'].decode(bytes, { stream: true }).replace(ESCAPES, '');
    this.pending.push({ text, err });
    this.pendingSize += text.length;
    this.frame ||= this.schedule();
    return this.pendingSize < MOST_CHARACTERS ? Promise.resolve() : new Promise((resolve) => this.drawn.push(resolve));
  }

  note(text: string): void {
    this.text.append(h('span', { class: 'note' }, `\n[${text}]\n`));
  }

  dispose(): void {
    this.drawn.splice(0).forEach((done) => done());
  }

  /// A page in the background gets no frames.
  private schedule(): number {
    const draw = (): void => this.draw();
    if (document.hidden) return setTimeout(draw, 100) as unknown as number;
    return requestAnimationFrame(draw);
  }

  private draw(): void {
    this.frame = 0;
    const stuck = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 4;
    while (this.pendingSize > MOST_CHARACTERS && this.pending.length > 1) this.pendingSize -= this.pending.shift()!.text.length;
    for (let i = 0; i < this.pending.length; ) {
      const { err } = this.pending[i]!;
      let text = '';
      for (; i < this.pending.length && this.pending[i]!.err === err; ++i) text += this.pending[i]!.text;
      this.size += text.length;
      this.text.append(h('span', err ? { class: 'err' } : {}, text));
    }
    this.pending = [];
    this.pendingSize = 0;
    while (this.text.firstChild && (this.size > MOST_CHARACTERS || this.text.childNodes.length > MOST_NODES) && this.text.childNodes.length > 1) this.dropFirst();
    if (stuck) this.text.scrollTop = this.text.scrollHeight;
    if (this.search.value) this.find();
    this.dispose();
  }

  private dropFirst(): void {
    const first = this.text.firstChild!;
    if (this.size <= MOST_CHARACTERS) {
      // Too many small pieces: they become one.
      const second = first.nextSibling as HTMLElement;
      if (second.className === (first as HTMLElement).className) {
        second.textContent = first.textContent! + second.textContent!;
        first.remove();
        return;
      }
    }
    this.size -= first.textContent!.length;
    first.remove();
  }

  private find(): void {
    const wanted = this.search.value.toLowerCase();
    this.matches = [];
    if (wanted)
      for (const node of this.text.childNodes) {
        const text = node.firstChild;
        if (!text) continue;
        const within = text.textContent!.toLowerCase();
        for (let at = within.indexOf(wanted); at >= 0 && this.matches.length < 1000; at = within.indexOf(wanted, at + wanted.length)) {
          const range = document.createRange();
          range.setStart(text, at);
          range.setEnd(text, at + wanted.length);
          this.matches.push(range);
        }
      }
    CSS.highlights?.set('found', new Highlight(...this.matches));
    this.at = Math.min(this.at, this.matches.length - 1);
    say(this.count, wanted ? `${this.matches.length} found` : '');
  }

  private step(by: number): void {
    if (this.matches.length === 0) return;
    this.at = (this.at + by + this.matches.length) % this.matches.length;
    const range = this.matches[this.at]!;
    CSS.highlights?.set('current', new Highlight(range));
    this.text.scrollTop += range.getBoundingClientRect().top - this.text.getBoundingClientRect().top - this.text.clientHeight / 2;
    say(this.count, `${this.at + 1} of ${this.matches.length}`);
  }
}
