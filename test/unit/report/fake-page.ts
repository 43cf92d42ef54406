// As much of a browser's document as the script of a report uses: elements with texts, attributes, children and
// listeners. What it draws on its canvas is counted.

import { runInNewContext } from "node:vm";

type Listener = (event: Readonly<Record<string, unknown>>) => void;

export class FakeElement {
  readonly tag: string;
  readonly attributes: Map<string, string> = new Map();
  readonly listeners: Map<string, Listener[]> = new Map();
  readonly style: Record<string, string> = {};
  readonly dataset: Record<string, string> = {};
  children: (FakeElement | string)[] = [];
  parentElement: FakeElement | undefined;
  hidden = false;
  value = "";
  scrollTop = 0;
  clientHeight = 400;
  clientWidth = 1200;
  offsetWidth = 100;
  width = 0;
  height = 0;
  /** Calls of the drawing context, by name. */
  readonly drawn: Map<string, number> = new Map();

  constructor(tag: string) {
    this.tag = tag;
  }

  get textContent(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }
  set textContent(text: string) {
    this.children = [text];
  }
  get classList(): { add: (name: string) => void } {
    return {
      add: (name) => this.setAttribute("class", `${this.attributes.get("class") ?? ""} ${name}`.trim()),
    };
  }
  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value));
  }
  append(...children: (FakeElement | string)[]): void {
    for (const child of children) if (typeof child !== "string") child.parentElement = this;
    this.children.push(...children);
  }
  replaceChildren(...children: (FakeElement | string)[]): void {
    this.children = [];
    this.append(...children);
  }
  addEventListener(name: string, listener: Listener): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }
  getBoundingClientRect(): object {
    return { left: 0, top: 0, width: 1200, height: 400 };
  }
  scrollIntoView(): void {}
  focus(): void {}
  getContext(): object {
    const { drawn } = this;
    return new Proxy(
      {},
      {
        get: (_, name) => () => void drawn.set(String(name), (drawn.get(String(name)) ?? 0) + 1),
        set: () => true,
      },
    );
  }

  /** Calls the listeners, as a browser does. */
  fire(name: string, event: Readonly<Record<string, unknown>> = {}): void {
    for (const listener of this.listeners.get(name) ?? [])
      listener({ target: this, preventDefault: () => undefined, ...event });
  }
  /** All elements below it with a tag, in order. */
  all(tag: string): readonly FakeElement[] {
    return this.children.flatMap((child) =>
      typeof child === "string" ? [] : [...(child.tag === tag ? [child] : []), ...child.all(tag)],
    );
  }
}

export interface FakePage {
  readonly element: (id: string) => FakeElement;
  /** Text of each cell of each row in the body of a table. */
  readonly rows: (id: string) => readonly (readonly string[])[];
}

/** Runs the script of a page on the elements that its HTML names by id. */
export function openPage(html: string): FakePage {
  const elements = new Map<string, FakeElement>();
  const main = new FakeElement("main");
  for (const [, tag = "", id = ""] of html.matchAll(/<([a-z0-9]+)[^>]*? id="([a-z-]+)"/g)) {
    const element = new FakeElement(tag);
    element.parentElement = main;
    elements.set(id, element);
  }
  const element = (id: string): FakeElement => {
    const found = elements.get(id);
    if (found === undefined) throw new Error(`the page has no element "${id}"`);
    return found;
  };
  const data = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? "";
  element("data").textContent = data;
  const window = new FakeElement("window");
  runInNewContext(script, {
    document: {
      getElementById: element,
      createElement: (tag: string) => new FakeElement(tag),
      createElementNS: (_: string, tag: string) => new FakeElement(tag),
      documentElement: new FakeElement("html"),
      addEventListener: () => undefined,
    },
    window: Object.assign(window, { devicePixelRatio: 1 }),
    getComputedStyle: () => ({ getPropertyValue: () => "#000" }),
    matchMedia: () => ({ matches: false, addEventListener: () => undefined }),
    requestAnimationFrame: (draw: () => void) => draw(),
  });
  return {
    element,
    rows: (id) =>
      element(id)
        .all("tbody")
        .flatMap((body) => body.all("tr").map((row) => row.all("td").map(({ textContent }) => textContent))),
  };
}
