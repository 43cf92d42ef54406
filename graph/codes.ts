// The closed list of error codes. Each has a row in docs/errors.md and a case in test/errors/ that pins its text.

export type Code =
  | CargoCode
  | CacheCode
  | CliCode
  | DepfileCode
  | DynamicCode
  | GraphCode
  | JsonCode
  | MerkleCode
  | MakeCode
  | LayersCode
  | NinjaCode
  | NixCode
  | NpmBuildCode
  | NpmLockCode
  | PlanCode
  | ReportCode
  | StoreCode;

export type CargoCode =
  | "cargo/bad-url"
  | "cargo/lock"
  | "cargo/lock-version"
  | "cargo/missing-crate"
  | "cargo/mode"
  | "cargo/no-cargo"
  | "cargo/no-checkout"
  | "cargo/no-checksum"
  | "cargo/no-lock"
  | "cargo/no-registry"
  | "cargo/out-of-date"
  | "cargo/output"
  | "cargo/outside-tree"
  | "cargo/refused"
  | "cargo/source"
  | "cargo/targets"
  | "cargo/toml"
  | "cargo/toolchain";
export type CacheCode = "cache/bad-key" | "cache/no-compressor";
export type CliCode =
  | "cli/cannot-write"
  | "cli/no-log"
  | "cli/no-such-file"
  | "cli/no-toolchain"
  | "cli/not-built"
  | "cli/step-failed"
  | "cli/toolchain"
  | "cli/unknown-frontend"
  | "cli/usage";
export type GraphCode = "graph/cycle" | "graph/no-such-target";
export type DynamicCode = "dynamic/evaluation" | "dynamic/several";
export type DepfileCode = "depfile/nested-rule" | "depfile/no-colon";
export type JsonCode =
  | "json/duplicate-output"
  | "json/dyndep"
  | "json/field"
  | "json/not-utf8"
  | "json/path"
  | "json/syntax"
  | "json/unknown-pool"
  | "json/version";
export type MakeCode =
  | "make/bad-record"
  | "make/lacks"
  | "make/not-a-dump"
  | "make/other-directory"
  | "make/stopped"
  | "make/truncated"
  | "make/version";
export type LayersCode = "layers/closure" | "layers/popularity";
export type MerkleCode = "merkle/bad-object" | "merkle/no-object" | "merkle/submodule";
export type NinjaCode =
  | "ninja/bad-byte"
  | "ninja/bad-escape"
  | "ninja/bad-pool-depth"
  | "ninja/duplicate-output"
  | "ninja/duplicate-pool"
  | "ninja/duplicate-rule"
  | "ninja/dyndep-mismatch"
  | "ninja/dyndep-not-input"
  | "ninja/dyndep-statement"
  | "ninja/dyndep-version"
  | "ninja/empty-path"
  | "ninja/expected-name"
  | "ninja/include-depth"
  | "ninja/missing-command"
  | "ninja/missing-depth"
  | "ninja/new-version"
  | "ninja/newline-escape"
  | "ninja/no-such-file"
  | "ninja/old-version"
  | "ninja/phony-cycle"
  | "ninja/rspfile-pair"
  | "ninja/rule-cycle"
  | "ninja/tab"
  | "ninja/too-large"
  | "ninja/unexpected-end"
  | "ninja/unexpected-token"
  | "ninja/unexpected-variable"
  | "ninja/unknown-pool"
  | "ninja/unknown-rule"
  | "ninja/unknown-target";
export type NixCode =
  | "nix/connection-lost"
  | "nix/feature-off"
  | "nix/missing"
  | "nix/no-answer"
  | "nix/no-space"
  | "nix/protocol"
  | "nix/refused"
  | "nix/too-old";
export type NpmBuildCode =
  | "npm/bad-integrity"
  | "npm/bad-url"
  | "npm/git-source"
  | "npm/missing-file"
  | "npm/reference-cycle"
  | "npm/unknown-package"
  | "npm/workspace-cycle";
export type NpmLockCode =
  | "npm/lockfile"
  | "npm/lockfile-version"
  | "npm/manifest"
  | "npm/name"
  | "npm/no-integrity"
  | "npm/no-lockfile"
  | "npm/out-of-sync"
  | "npm/outside-project"
  | "npm/platform"
  | "npm/settings"
  | "npm/source"
  | "npm/typescript"
  | "npm/yaml";
export type PlanCode =
  | "plan/duplicate-output"
  | "plan/format"
  | "plan/generator"
  | "plan/missing-source"
  | "plan/outside-tree"
  | "plan/settings"
  | "plan/source-gone";
export type ReportCode = "report/record";
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
  | "store/cannot-write"
  | "store/changed-contents"
  | "store/inner-placeholder"
  | "store/missing-derivation"
  | "store/missing-reference"
  | "store/not-canonical"
  | "store/not-utf8"
  | "store/other-cache"
  | "store/shared-result"
  | "store/unmentioned-input";
