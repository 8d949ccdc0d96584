// Text of a program, without what it says to a terminal.

/// Escape sequences (colours, cursor, titles) and control characters but tab and line feed.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-Z\\-~])|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/// The beginning of one, whose rest is still to come.
const BEGUN = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]*|[PX^_][^\u001b]*|[ -/]*)$|\r$/;
const LONGEST_BEGUN = 256;

export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(ESCAPES, '');
}

/// The same for bytes that come in pieces, cut anywhere.
export class PlainText {
  private readonly decoder = new TextDecoder();
  private begun = '';

  add(bytes: Uint8Array): string {
    const text = this.begun + this.decoder.decode(bytes, { stream: true });
    const tail = text.slice(-LONGEST_BEGUN);
    const from = BEGUN.exec(tail)?.index ?? tail.length;
    this.begun = tail.slice(from);
    return plainText(text.slice(0, text.length - this.begun.length));
  }
}
