// What cargo would print for a project of one package, in the shapes of cargo 1.85.

import type { CargoContext } from "../../emit/cargo/derive.ts";
import type { ContentTree } from "../../emit/cargo/recipe.ts";
import type { CargoAnswers } from "../../generators/cargo/unit-graph.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";

export interface OnePackage {
  readonly directory?: string;
  readonly source?: string;
  readonly mode?: string;
}

export function cargoAnswers({
  directory = "/build/source",
  source,
  mode = "build",
}: OnePackage = {}): CargoAnswers {
  const place = source === undefined ? `path+file://${directory}` : source;
  const target = {
    kind: ["lib"],
    crate_types: ["lib"],
    name: "a",
    src_path: `${directory}/src/lib.rs`,
    edition: "2021",
  };
  const profile = {
    name: "dev",
    opt_level: "0",
    lto: "false",
    codegen_units: null,
    debuginfo: 2,
    split_debuginfo: null,
    debug_assertions: true,
    overflow_checks: true,
    rpath: false,
    panic: "unwind",
    strip: { deferred: "None" },
  };
  const id = `a 1.0.0 (${place})`;
  const metadata = {
    packages: [
      {
        id: `${place}#a@1.0.0`,
        name: "a",
        version: "1.0.0",
        source: source ?? null,
        manifest_path: `${directory}/Cargo.toml`,
        authors: [],
        features: {},
        targets: [target],
      },
    ],
    workspace_members: source === undefined ? [`${place}#a@1.0.0`] : [],
    workspace_root: "/build/source",
  };
  return {
    unitGraph: fromText(
      JSON.stringify({
        version: 1,
        units: [{ pkg_id: id, target, profile, platform: null, mode, features: [], dependencies: [] }],
        roots: [0],
      }),
    ),
    metadata: fromText(JSON.stringify(metadata)),
    config: asBytes("{}"),
    rustc: asBytes("rustc 1.85.0\nhost: x86_64-unknown-linux-gnu\n"),
    hostCfg: asBytes('unix\ntarget_os="linux"\n'),
    targetCfg: asBytes('unix\ntarget_os="linux"\n'),
    top: asBytes("/build/source"),
    vendor: asBytes("/build/vendor"),
  };
}

export const emptyTree: ContentTree = {
  read: () => undefined,
  filesBelow: () => [],
  nodeAt: () => undefined,
};

const store = (letter: string, name: string) => asBytes(`/nix/store/${letter.repeat(32)}-${name}`);

export function cargoContext(): CargoContext {
  return {
    storeDir: asBytes("/nix/store"),
    system: asBytes("x86_64-linux"),
    shell: asBytes(`${store("a", "bash")}/bin/bash`),
    compiler: store("b", "compiler"),
    environment: store("c", "environment"),
    scripts: {
      rustc: store("d", "rustc.sh"),
      run: store("f", "run.sh"),
      test: store("g", "test.sh"),
      root: store("h", "root.sh"),
    },
    vendored: () => undefined,
    extraSources: new Map(),
    checkFlags: [],
    known: new Map(),
  };
}
