// GNU linker scripts: `INCLUDE file`. Version scripts and export lists include nothing.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import type { Directives } from "./directives.ts";
import { quotedReferences } from "./quoted-lines.ts";

export function parseLinkerScript(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  return quotedReferences(
    contents,
    /(?:^|[\s;{}])INCLUDE\s+(?:"([^"\n]+)"|([^\s;"{}]+))/g,
    "include",
    intern,
  );
}
