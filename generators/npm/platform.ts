// Which packages are for a machine: `os`, `cpu` and `libc` of a package against the target system, not the one that
// plans. The rules are npm's (npm-install-checks, `checkPlatform`), which pnpm shares.

/** In Node's words: `process.platform`, `process.arch`. */
export interface TargetSystem {
  readonly os: string;
  readonly cpu: string;
  /** `undefined` where there is no choice, as on Darwin. */
  readonly libc: "glibc" | "musl" | undefined;
}

export interface PlatformNeeds {
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
}

export const anyPlatform: PlatformNeeds = { os: [], cpu: [], libc: [] };

export function isForSystem(needs: PlatformNeeds, target: TargetSystem): boolean {
  if (!isListed(target.os, needs.os) || !isListed(target.cpu, needs.cpu)) return false;
  return needs.libc.length === 0 || (target.libc !== undefined && isListed(target.libc, needs.libc));
}

/** None of those with `!`, and one of the others if there are any. */
function isListed(value: string, list: readonly string[]): boolean {
  if (list.length === 0 || (list.length === 1 && list[0] === "any")) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((entry) => entry.startsWith("!"));
}

/** A string or a list of strings; anything else says nothing. */
export function platformList(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

/** Node's words for a Nix system such as `x86_64-linux`; `undefined` for one that Node does not know. */
export function targetOfSystem(system: string, libc: "glibc" | "musl" = "glibc"): TargetSystem | undefined {
  const [machine = "", kernel = ""] = system.split("-");
  const cpu = cpus.get(machine);
  if (cpu === undefined) return undefined;
  switch (kernel) {
    case "linux":
      return { os: "linux", cpu, libc };
    case "darwin":
    case "freebsd":
    case "openbsd":
      return { os: kernel, cpu, libc: undefined };
    default:
      return undefined;
  }
}

const cpus: ReadonlyMap<string, string> = new Map([
  ["x86_64", "x64"],
  ["aarch64", "arm64"],
  ["i686", "ia32"],
  ["armv6l", "arm"],
  ["armv7l", "arm"],
  ["powerpc64le", "ppc64"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
  ["loongarch64", "loong64"],
  ["mips64el", "mips64el"],
]);
