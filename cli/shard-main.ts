// Entry of the bundle that writes a shard.

import { writeShard } from "./shard.ts";

writeShard(process.env);
