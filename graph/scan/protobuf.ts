// Protocol Buffers: `import "x.proto"`, `import public`, `import weak`, `import option`. Names are looked up in
// each `--proto_path`, in the working directory when there is none.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import type { Directives } from "./directives.ts";
import { quotedReferences } from "./quoted-lines.ts";

export function parseProtobuf(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  return quotedReferences(
    contents,
    /(?:^|[;}\s*/])import\s+(?:(?:public|weak|option)\s*)?["']([^"'\n]+)["']|(?:^|[;}\s])import["']([^"'\n]+)["']/g,
    "include",
    intern,
  );
}
