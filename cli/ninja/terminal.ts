// Where the program prints, as bytes. Tests make their own.

import type { Bytes } from "../../graph/bytes.ts";

export interface Terminal {
  readonly out: (text: Bytes) => void;
  readonly err: (text: Bytes) => void;
  /** Standard output is a terminal on which a line can be written over. */
  readonly isSmart: boolean;
  readonly columns: number;
}
