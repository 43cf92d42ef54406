// What planning a Linux kernel adds to planning what make would run.

import { type NarrowedHeader, optionWords } from "../../emit/plan/narrowed.ts";
import type { PlanOptions } from "../../emit/plan/plan-graph.ts";
import { kernelDump } from "../../generators/make/kernel.ts";
import { graphOfDump } from "../../generators/make/load.ts";
import { parseDump } from "../../generators/make/parse.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { BuildGraph } from "../../graph/graph.ts";
import { wordsIn } from "../../graph/scan/skeleton.ts";

/**
 * The graph of a dump that was made of a kernel, in which `targets` have steps. What steps write beside their targets
 * is not kept.
 */
export function loadKernel(text: Bytes, file: Bytes, targets: readonly Bytes[]): BuildGraph {
  const graph = graphOfDump(kernelDump(parseDump(text, file), targets));
  return {
    ...graph,
    recipeOf: (step) => {
      const { keepsAll: _, ...recipe } = graph.recipeOf(step);
      return recipe;
    },
  };
}

/** `read` gives a file of the tree, or what is known of it before it is made. `targets` are in the root, too. */
export function kernelPlanOptions(
  read: (path: Bytes) => Bytes | undefined,
  targets: readonly Bytes[],
): Pick<PlanOptions, "keeps" | "narrowed" | "together"> {
  const known = new Map<Bytes, readonly Bytes[]>();
  const narrowed: NarrowedHeader = {
    path: asBytes("include/generated/autoconf.h"),
    namesIn: (path) => {
      let names = known.get(path);
      if (names === undefined) {
        names = wordsIn(read(path) ?? asBytes(""), optionWords);
        known.set(path, names);
      }
      return names;
    },
  };
  return { keeps: (path) => isProduct(path) || targets.includes(path), narrowed, together: hubs };
}

/** Headers that many objects of a kernel include, with the most behind them first. */
const hubs: readonly Bytes[] = [
  "drivers/gpu/drm/i915/i915_drv",
  "include/net/cfg80211",
  "include/net/ip",
  "include/net/sock",
  "include/linux/netdevice",
  "include/linux/skbuff",
  "include/linux/memcontrol",
  "include/linux/blkdev",
  "include/linux/pci",
  "include/linux/dma-mapping",
  "include/linux/highmem",
  "include/linux/acpi",
  "include/linux/fs",
  "include/linux/perf_event",
  "include/linux/interrupt",
  "include/linux/device",
  "include/linux/io",
  "include/linux/mm",
  "include/linux/sched",
  "include/linux/module",
  "include/linux/slab",
  "include/linux/uaccess",
  "include/linux/mutex",
  "include/linux/spinlock",
  "include/linux/kernel",
  "include/linux/types",
].map((name) => asBytes(`${name}.h`));

/** What people install of a kernel; images lie below arch/, beside parts of them with the same names. */
function isProduct(path: Bytes): boolean {
  return (
    /^(vmlinux|System\.map|Module\.symvers|modules\.(order|builtin|builtin\.modinfo))$/.test(path) ||
    /^arch\/[^/]+\/boot\/(bzImage|zImage|Image|Image\.gz)$/.test(path) ||
    path.endsWith(".ko")
  );
}
