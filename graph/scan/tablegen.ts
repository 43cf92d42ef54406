// LLVM TableGen: `include "x.td"`. TableGen looks in the working directory, then in each `-I`.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import type { Directives } from "./directives.ts";
import { quotedReferences } from "./quoted-lines.ts";

export function parseTablegen(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  return quotedReferences(contents, /(?:^|[;}\s*/])include\s*"([^"\n]+)"/g, "include", intern);
}
