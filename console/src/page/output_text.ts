// Output as text: the last characters of it, with a search. It is drawn at most once a frame, however fast it comes, and
// only those parts are laid out that are seen.

import { button, bytesText, h, say } from './dom.ts';
import { PlainText } from './plain_text.ts';

const MOST_CHARACTERS = 2 << 20;
const PART_CHARACTERS = 8 << 10;
/// Of a part that has no end of line.
const LONGEST_PART = 256 << 10;
const MOST_FOUND = 1000;

/// Whole lines, unless they are very long. What both streams write stands in nodes of their own.
class Part {
  readonly element = h('div', { class: 'part' });
  private node = new Text();
  private ofErrors: boolean | undefined;
  private lines = 0;
  private found: { wanted: string; ranges: StaticRange[] } | undefined;
  size = 0;
  closed = false;

  add(text: string, err: boolean): void {
    if (this.ofErrors === err) this.node.appendData(text);
    else {
      this.node = new Text(text);
      this.element.append(h('span', err ? { class: 'err' } : {}, this.node));
    }
    this.ofErrors = err;
    this.size += text.length;
    this.found = undefined;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ++this.lines;
    this.closed = (this.size >= PART_CHARACTERS && text.endsWith('\n')) || this.size >= LONGEST_PART;
    if (this.closed) this.close();
  }

  /// Where `wanted`, in lower case, stands.
  search(wanted: string): StaticRange[] {
    if (this.found?.wanted === wanted) return this.found.ranges;
    const ranges: StaticRange[] = [];
    for (const span of this.element.children) {
      const node = span.firstChild as Text;
      const within = node.data.toLowerCase();
      for (let at = within.indexOf(wanted); at >= 0 && ranges.length < MOST_FOUND; at = within.indexOf(wanted, at + wanted.length))
        ranges.push(new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + wanted.length }));
    }
    this.found = { wanted, ranges };
    return ranges;
  }

  private close(): void {
    this.element.classList.add('closed');
    this.element.style.setProperty('contain-intrinsic-block-size', `auto ${this.lines}lh`);
  }
}

/// How much of a text goes into a part that has so much room left: up to an end of line behind that.
function partEnd(text: string, at: number, used: number): number {
  const from = at + Math.max(0, PART_CHARACTERS - used - 1);
  const line = from < text.length ? text.indexOf('\n', from) : -1;
  const most = at + Math.max(1, LONGEST_PART - used);
  return Math.min(line < 0 ? text.length : line + 1, most);
}

export class OutputText {
  readonly element: HTMLElement;
  private readonly list = h('div');
  private readonly text: HTMLElement;
  private readonly count = h('span', { class: 'dim', attrs: { role: 'status' } });
  private readonly amount = h('span', { class: 'dim amount' });
  private readonly search = h('input', { attrs: { type: 'search', placeholder: 'Search', 'aria-label': 'Search in the output' } });
  private readonly texts = { out: new PlainText(), err: new PlainText() };
  private parts: Part[] = [];
  private pending: { text: string; err: boolean }[] = [];
  private pendingSize = 0;
  private size = 0;
  private read = 0;
  private drawing = false;
  private drawn: (() => void)[] = [];
  private matches: StaticRange[] = [];
  private at = -1;

  constructor(label = 'Output', tools: HTMLElement[] = []) {
    this.text = h('pre', { class: 'output', attrs: { tabindex: '0', role: 'region', 'aria-label': label } }, this.list);
    this.element = h('div', { class: 'fill' }, h('div', { class: 'row' }, this.search, button('Previous', () => this.step(-1)), button('Next', () => this.step(1)), this.count, ...tools,
      h('span', { class: 'grow' }), this.amount), this.text);
    this.search.addEventListener('input', () => this.find());
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.step(event.shiftKey ? -1 : 1);
    });
  }

  get wanted(): string {
    return this.search.value;
  }

  /// Resolves at once while little waits to be drawn, else when it is drawn: what reads the host waits for that. A page
  /// that is not seen draws seldom, and holds nothing up.
  add(bytes: Uint8Array, err: boolean): Promise<void> {
    const text = this.texts[err ? 'err' : 'out'].add(bytes);
    this.read += bytes.length;
    this.pending.push({ text, err });
    this.pendingSize += text.length;
    while (this.pendingSize - this.pending[0]!.text.length > MOST_CHARACTERS) this.pendingSize -= this.pending.shift()!.text.length;
    this.schedule();
    return this.pendingSize < MOST_CHARACTERS / 2 || document.hidden ? Promise.resolve() : new Promise((resolve) => this.drawn.push(resolve));
  }

  /// Goes to the first place that has it.
  seek(wanted: string): void {
    this.draw();
    this.search.value = wanted;
    this.find();
    this.at = -1;
    this.step(1);
  }

  /// What the page says of the output, not the program.
  note(text: string): void {
    this.draw();
    this.list.append(h('div', { class: 'note' }, text));
  }

  dispose(): void {
    this.drawn.splice(0).forEach((done) => done());
  }

  private schedule(): void {
    if (this.drawing) return;
    this.drawing = true;
    const draw = (): void => this.draw();
    if (document.hidden) setTimeout(draw, 100); // a page in the background gets no frames
    else requestAnimationFrame(draw);
  }

  private draw(): void {
    this.drawing = false;
    for (const { text, err } of this.pending.splice(0)) this.append(text, err);
    this.pendingSize = 0;
    while (this.size > MOST_CHARACTERS && this.parts.length > 1) {
      const first = this.parts.shift()!;
      this.size -= first.size;
      first.element.remove();
    }
    say(this.amount, this.read > this.size ? `the last ${bytesText(this.size)} of ${bytesText(this.read)}` : bytesText(this.read));
    this.amount.title = `${this.read} bytes read`;
    if (this.search.value) this.find();
    this.dispose();
  }

  private append(text: string, err: boolean): void {
    this.size += text.length;
    for (let at = 0; at < text.length; ) {
      let part = this.parts.at(-1);
      if (!part || part.closed) {
        part = new Part();
        this.parts.push(part);
        this.list.append(part.element);
      }
      const end = partEnd(text, at, part.size);
      part.add(text.slice(at, end), err);
      at = end;
    }
  }

  private find(): void {
    const wanted = this.search.value.toLowerCase();
    this.matches = [];
    if (wanted)
      for (const part of this.parts) {
        this.matches.push(...part.search(wanted));
        if (this.matches.length > MOST_FOUND) break;
      }
    const more = this.matches.length > MOST_FOUND;
    this.matches.length = Math.min(this.matches.length, MOST_FOUND);
    CSS.highlights?.set('found', new Highlight(...this.matches));
    this.at = Math.min(this.at, this.matches.length - 1);
    say(this.count, wanted ? `${this.matches.length}${more ? ' and more' : ''} found` : '');
  }

  private step(by: number): void {
    if (this.matches.length === 0) return;
    this.at = (this.at + by + this.matches.length) % this.matches.length;
    const match = this.matches[this.at]!;
    CSS.highlights?.set('current', new Highlight(match));
    match.startContainer.parentElement!.scrollIntoView({ block: 'nearest' }); // now it is laid out
    const range = document.createRange();
    range.setStart(match.startContainer, match.startOffset);
    range.setEnd(match.endContainer, match.endOffset);
    this.text.scrollTop += range.getBoundingClientRect().top - this.text.getBoundingClientRect().top - this.text.clientHeight / 2;
    say(this.count, `${this.at + 1} of ${this.matches.length}`);
  }
}
