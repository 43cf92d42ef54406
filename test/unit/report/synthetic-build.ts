// A build of any size for tests and benchmarks of reports, the same each time.

import type { BuildRecord, BuildStep, StepState } from "../../../cli/report/build-record.ts";

/** Compiles in directories of 40, a link per directory, and one link of all: as many steps as asked. */
export function syntheticBuild(size: number, lanes = 8): BuildRecord {
  const files = [
    ...Array.from({ length: 400 }, (_, index) => `include/part${index % 20}/header${index}.h`),
    ...Array.from({ length: size }, (_, index) => `src/part${Math.floor(index / 40)}/unit${index}.c`),
  ];
  const free = new Float64Array(lanes);
  const steps: BuildStep[] = [];
  let objects: number[] = [];
  const links: number[] = [];
  for (let index = 0; index < size; index++) {
    const part = Math.floor(index / 40);
    const isLast = index === size - 1;
    const isLink = isLast || index % 40 === 39;
    const inputs = isLast ? [...links, ...objects] : isLink ? objects : [];
    const lane = free.indexOf(Math.min(...free));
    const start = Math.max(free[lane] ?? 0, ...inputs.map((input) => steps[input]?.end ?? 0));
    const state: StepState = index % 7 === 3 && !isLink ? "cached" : index % 97 === 5 ? "cut-off" : "built";
    const time = state === "cached" ? 0 : 40 + ((index * 7919) % 900) + (isLink ? 300 : 0);
    if (state !== "cached") free[lane] = start + time;
    const headers = isLink ? [] : Array.from({ length: 30 }, (_, at) => (index * 13 + at * at) % 400);
    const sources = isLink ? [] : [...new Set(headers), 400 + index].sort((a, b) => a - b);
    steps.push({
      label: isLink ? `LINK lib/part${part}.so` : `CC obj/part${part}/unit${index}.o`,
      kind: isLink ? "link" : "compile",
      derivation: `/nix/store/${String(index).padStart(32, "0")}-synthetic-${index}.drv`,
      command: isLink
        ? `cc -shared -o lib/part${part}.so @rsp`
        : `cc -c ../src/part${part}/unit${index}.c -o obj/part${part}/unit${index}.o -I../include`,
      outputs: [isLink ? `build/lib/part${part}.so` : `build/obj/part${part}/unit${index}.o`],
      sources,
      inputs,
      state,
      start: state === "cached" ? 0 : start,
      end: state === "cached" ? 0 : start + time,
      lane: state === "cached" ? 0 : lane,
      unread:
        isLink || state !== "built"
          ? undefined
          : sources.filter((file) => file < 400 && (file * index) % 11 === 1),
      log: index % 211 === 17 ? [`unit${index}.c:3: warning: unused variable`] : [],
    });
    if (isLink) {
      links.push(index);
      objects = [];
    } else objects.push(index);
  }
  const duration = Math.max(...steps.map(({ end }) => end));
  return {
    name: "synthetic",
    at: "2026-11-22T12:00:00.000Z",
    end: "built",
    duration,
    hasTimes: true,
    jobs: lanes,
    files,
    steps,
  };
}
