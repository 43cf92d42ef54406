// The closed list of error codes. Each has a row in docs/errors.md and a case in test/errors/ that pins its text.

export type Code = CliCode | GraphCode | NinjaCode | NixCode | PlanCode | StoreCode;

export type CliCode = "cli/usage" | "cli/no-such-file" | "cli/unknown-frontend";
export type GraphCode = "graph/cycle" | "graph/no-such-target";
export type NinjaCode = "ninja/syntax";
export type NixCode = "nix/missing" | "nix/too-old" | "nix/feature-off";
export type PlanCode =
  | "plan/dyndep"
  | "plan/format"
  | "plan/missing-source"
  | "plan/outside-tree"
  | "plan/settings"
  | "plan/source-gone";
export type StoreCode =
  | "store/bad-derivation"
  | "store/bad-hash"
  | "store/bad-json"
  | "store/bad-name"
  | "store/bad-nar"
  | "store/bad-order"
  | "store/bad-path"
  | "store/bad-reference"
  | "store/bad-tree"
  | "store/changed-contents"
  | "store/missing-derivation"
  | "store/missing-reference"
  | "store/not-utf8";
