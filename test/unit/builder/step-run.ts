// Runs the scripts of templates/builder as Nix would: structured attributes in a file, nothing else.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asBytes, toBuffer } from "../../../graph/bytes.ts";
import { entriesOf } from "../cli/stages.ts";
import { type Entry, makeReadOnly, temporaryDirectory, writeEntries } from "../emit/temporary.ts";
import { type Attributes, attributesText, scripts, shell } from "./attributes.ts";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script with attributes in an otherwise empty environment. */
export function runScript(script: string, attributes: Attributes, directory: string): Ran {
  const file = join(directory, "attrs.sh");
  writeFileSync(file, toBuffer(asBytes(attributesText(attributes))));
  const temporary = join(directory, "tmp");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const { status, stdout, stderr } = spawnSync(shell, [join(scripts, script)], {
    cwd: temporary,
    encoding: "latin1",
    env: { NIX_ATTRS_SH_FILE: file, NIX_STORE: "/nix/store", TMPDIR: temporary, PATH: "/no-path" },
  });
  return { code: status, out: stdout, err: stderr };
}

export interface StepCase {
  readonly command: string;
  readonly label?: string;
  readonly layout?: "copy" | "link";
  readonly sources?: Readonly<Record<string, Entry>>;
  /** Sources that travel together: one tree each. */
  readonly together?: readonly Readonly<Record<string, Entry>>[];
  /** What other steps made: one tree each. */
  readonly inputs?: readonly Readonly<Record<string, Entry>>[];
  /** Links that configure made: path -> target. */
  readonly links?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  /** Output name -> path; one whose path ends in "?" is optional. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly responseFile?: { readonly path: string; readonly content: string };
  readonly depfile?: string;
  /** Commands that run after it, each with its output and where that lies. */
  readonly followers?: readonly {
    readonly command: string;
    readonly label: string;
    readonly makes: readonly [string, string];
  }[];
  /** "all" for a step that keeps whatever it writes. */
  readonly keeps?: string;
  readonly environment?: string;
}

export interface StepRan extends Ran {
  /** Output name -> what is in it, as `entriesOf` shows it. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  readonly root: string;
}

function followerEntries(
  { command, label, makes: [name, path] }: NonNullable<StepCase["followers"]>[number],
  index: number,
): readonly (readonly [string, Entry])[] {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const about = [label, "", "", "", "", "1", "1", name, path, "", directory].map((field) => `${field}\0`);
  return [
    [`then/${index}/command`, `${command}\n`],
    [`then/${index}/about`, about.join("")],
  ];
}

/** As a recipe names an input: by its file, or not at all where it holds more. */
function pathOfInput(entries: Readonly<Record<string, Entry>>): string {
  const [path = "", ...more] = Object.keys(entries);
  return more.length > 0 ? "" : path;
}

/** Runs one step with sources and inputs in the places where the store would have them. */
export function runStep(step: StepCase): StepRan {
  const directory = temporaryDirectory();
  const add = (name: string, entries: Readonly<Record<string, Entry>>): string => {
    const path = join(directory, name);
    mkdirSync(path);
    writeEntries(path, entries);
    makeReadOnly(path);
    return path;
  };
  const outputs = step.outputs ?? { out: "build/x" };
  const products = Object.entries(outputs).flatMap(([name, path]) =>
    path.endsWith("?") ? [name, path.slice(0, -1), "optional"] : [name, path, ""],
  );
  const directories = step.directories ?? ["build"];
  const tree = add("sources", step.sources ?? {});
  const links = Object.keys(step.sources ?? {}).map((path): [string, Entry] => [
    `tree/${path}`,
    { link: `${tree}/${path}` },
  ]);
  const together = (step.together ?? []).map((entries, i) => add(`together-${i}`, entries));
  const recipe = add("recipe", {
    ...(step.together === undefined ? {} : { together: together.map((path) => `${path}\0`).join("") }),
    command: `${step.command}\n`,
    about: [
      step.label ?? "a step",
      step.depfile ?? "",
      step.responseFile?.path ?? "",
      step.keeps ?? "",
      "",
      String(products.length / 3),
      String(directories.length),
      ...products,
      ...directories,
      ...(step.inputs ?? []).map(pathOfInput),
    ]
      .map((field) => `${field}\0`)
      .join(""),
    ...(step.responseFile === undefined ? {} : { "response-file": step.responseFile.content }),
    ...Object.fromEntries(
      (step.directories ?? ["build"]).map((path): [string, Entry] => [`tree/${path}/`, ""]),
    ),
    ...Object.fromEntries(links),
    ...Object.fromEntries((step.followers ?? []).flatMap(followerEntries)),
    ...Object.fromEntries(
      Object.entries(step.links ?? {}).map(([path, link]): [string, Entry] => [`links/${path}`, { link }]),
    ),
  });
  const environment = add("environment", {
    "environment.sh": step.environment ?? "export PATH=/usr/bin:/bin\n",
  });
  const inputs = (step.inputs ?? []).map((entries, i) => add(`input-${i}`, entries));
  const places = new Map(
    [...Object.keys(outputs), ...(step.followers ?? []).map(({ makes: [name] }) => name), "done"].map(
      (name) => [name, join(directory, `made-${name}`)],
    ),
  );
  const root = join(directory, "root/source");
  const ran = runScript(
    "step.sh",
    {
      shell,
      recipe,
      environment,
      root,
      directory: "build",
      layout: step.layout ?? "link",
      inputs,
      outputs: places,
    },
    directory,
  );
  const made = [...places].map(([name, path]) => [name, ran.code === 0 ? shown(path) : undefined]);
  return { ...ran, root, outputs: Object.fromEntries(made) };
}

function shown(path: string): Readonly<Record<string, string>> | undefined {
  try {
    return entriesOf(path);
  } catch {
    return undefined;
  }
}
