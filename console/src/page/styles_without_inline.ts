// The policy of the page allows no inline styles, and xterm.js makes some. What it writes into a <style> goes into a
// sheet that is made by script instead, and a style attribute is set by its properties: both are allowed.

const createElement = document.createElement.bind(document);

function styleElement(): HTMLElement {
  const element = createElement('template'); // an element that styles nothing takes its place
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

export function allowStyles(): void {
  document.createElement = ((name: string, options?: ElementCreationOptions) =>
    name === 'style' ? styleElement() : createElement(name, options)) as typeof document.createElement;
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (this: Element, name: string, value: string): void {
    if (name === 'style') (this as HTMLElement).style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}
