// NASM and YASM: `%include "x"`, `incbin "x"`. Names are looked up as given, then after each `-I`.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import type { Directives } from "./directives.ts";
import { mergeDirectives, quotedReferences } from "./quoted-lines.ts";

export function parseNasm(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  return mergeDirectives(
    quotedReferences(contents, /%\s*include\s*(?:"([^"\n]+)"|'([^'\n]+)'|<([^>\n]+)>)/gi, "include", intern),
    quotedReferences(
      contents,
      /(?:^|[\s:])incbin\s*(?:"([^"\n]+)"|'([^'\n]+)'|`([^`\n]+)`)/gi,
      "embed",
      intern,
    ),
  );
}
