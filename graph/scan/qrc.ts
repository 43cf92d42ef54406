// Qt resource files: every `<file>` is an input, relative to the `.qrc` itself.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import type { Directives } from "./directives.ts";
import { quotedReferences } from "./quoted-lines.ts";

export function parseQrc(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  const decode = (slice: string): Bytes =>
    intern(
      slice
        .trim()
        .replace(/&lt;/g, "<")
        .replace(/&gt;/g, ">")
        .replace(/&quot;/g, '"')
        .replace(/&apos;/g, "'")
        .replace(/&amp;/g, "&"),
    );
  return quotedReferences(contents, /<file(?:\s[^>]*)?>([^<]+)<\/file\s*>/g, "embed", decode);
}
