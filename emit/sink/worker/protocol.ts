// Numbers of Nix's worker protocol. Operations that crash a Nix that we support are left out on purpose: 43
// (QueryRealisation) aborts 2.34 when asked from inside a builder.

/** The client's first number, and the daemon's. */
export const clientMagic = 0x6e697863;
export const daemonMagic = 0x6478696f;

/** Version 1.38, as `major << 8 | minor`: the newest whose every message is read here. */
export const newestVersion = 0x126;

/** 1.18; older daemons are of 2016 and before. */
export const oldestVersion = 0x112;

export const operations = {
  isValidPath: 1,
  addToStore: 7,
  buildPaths: 9,
  ensurePath: 10,
  addTempRoot: 11,
  addIndirectRoot: 12,
  setOptions: 19,
  queryPathInfo: 26,
  queryValidPaths: 31,
  narFromPath: 38,
  queryMissing: 40,
  queryDerivationOutputMap: 41,
  addMultipleToStore: 44,
  buildPathsWithResults: 46,
  /** builder-rpc-v0. */
  submitOutput: 1000,
} as const;

export type OperationName = keyof typeof operations;

/** The first version with an operation in the form that is sent here. */
export const operationSince: Readonly<Partial<Record<OperationName, number>>> = {
  addToStore: 0x119,
  queryDerivationOutputMap: 0x116,
  addMultipleToStore: 0x120,
  buildPathsWithResults: 0x122,
};

/** What may come before a reply; `last` ends it. */
export const stderrTags = {
  last: 0x616c7473,
  error: 0x63787470,
  next: 0x6f6c6d67,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
} as const;

/** `38 -> "1.38"`, for people. */
export function printVersion(version: number): string {
  return `${version >> 8}.${version & 0xff}`;
}
