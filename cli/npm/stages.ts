// The stages of unravel.npm that run in builders: from a project's lockfile to the derivations of its node_modules.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printDerivation } from "../../emit/aterm.ts";
import type { NarNode } from "../../emit/nar.ts";
import { deriveNpm, npmSetName, planNpm } from "../../emit/npm/derive.ts";
import { deriveSolution, planSolution, type SolutionPlan } from "../../emit/npm/solution.ts";
import {
  deriveWorkspaces,
  planWorkspaces,
  type WorkspaceContext,
  type WorkspacePlan,
} from "../../emit/npm/workspaces.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import {
  divisionOf,
  emittedRootPlaceholder,
  entryDerivation,
  entryObjects,
  postponedDerivation,
} from "../../emit/outputs/emission.ts";
import { writeOutputs } from "../../emit/sink/outputs.ts";
import { nodeOfDirectory, openTree } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromText, toBuffer, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import type { TypeScriptProject } from "../../graph/typescript-projects.ts";
import { closureIn, scratchPaths, structuredAttributes, text, variable } from "../builder-attributes.ts";
import { askTypeScript } from "./ask-typescript.ts";
import { writeManifests } from "./manifests.ts";
import { patchPackageFiles, usesPatchPackage } from "./patch-package.ts";
import { readProjectFiles } from "./project-files.ts";
import { type NpmEmission, npmContext, projectSettings, scriptSetting, treeSettings } from "./settings.ts";
import { writeNames } from "./solution-names.ts";
import { hasScript, solutionFiles, workspaceFiles } from "./workspace-files.ts";

/** Runs the stage of a name that begins with "npm-". */
export async function runNpmStage(stage: string, env: NodeJS.ProcessEnv): Promise<void> {
  switch (stage) {
    case "npm-manifests":
      writeManifests(variable(env, "source"), variable(env, "out"), variable(env, "files"));
      return;
    case "npm-tree": {
      const settings = treeSettings(variable(env, "settings"));
      const manifests = variable(env, "manifests");
      // Arborist takes a third of a second to load, which no other stage needs.
      const { loadPackageTree } = await import("./load-tree.ts");
      const files = readProjectFiles(manifests);
      const patches = patchesOf(files, variable(env, "patches"));
      const packages = packageManifests(variable(env, "packages"));
      const tree = await loadPackageTree({
        ...settings,
        files,
        patches,
        ...(packages === undefined ? {} : { manifests: packages }),
      });
      mkdirSync(variable(env, "out"));
      writeFileSync(join(variable(env, "out"), "tree.json"), `${JSON.stringify(tree, null, 1)}\n`);
      return;
    }
    case "npm-entry": {
      const context = contextOf(variable(env, "settings"), variable(env, "environment"), env);
      const tree = readTree(variable(env, "tree"));
      if (!tree.isComplete && context.purpose === "build") {
        // The packages are fetched first: what is in them says how they are laid out.
        const next = fromText(variable(env, "next"));
        const postponed = postponedDerivation(npmSetName, next, emittedRootPlaceholder(next), context);
        writeFileSync(variable(env, "out"), toBuffer(printDerivation(postponed)));
        return;
      }
      const plan = planNpm(tree, context.scripts, context.purpose);
      const inputs = new Map(handedOn.map((name): [string, Bytes] => [name, fromText(variable(env, name))]));
      const settings = fromText(variable(env, "settings"));
      const derivation = entryDerivation(divisionOf(plan.set), "npm-emit", context, inputs, settings);
      writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
      return;
    }
    case "npm-emit": {
      const attributes = structuredAttributes(env);
      const context = contextOf(text(attributes, "settings"), text(attributes, "environment"), env);
      const plan = planNpm(readTree(text(attributes, "tree")), context.scripts, context.purpose);
      const files = openTree([text(attributes, "files")], asBytes(""));
      const derived = deriveNpm(
        plan,
        context,
        (path) => files.nodeAt(path) ?? directoryAt(text(attributes, "files"), files.kindAt(path), path),
      );
      writeOutputs(entryObjects(divisionOf(plan.set), derived, context), scratchPaths(attributes));
      return;
    }
    case "npm-names":
      writeNames(variable(env, "source"), variable(env, "out"));
      return;
    case "npm-solution": {
      const projects = askTypeScript({
        names: variable(env, "names"),
        modules: variable(env, "modules"),
        tree: readTree(variable(env, "tree")),
        work: join(variable(env, "NIX_BUILD_TOP"), "source"),
        config: fromText(variable(env, "config")),
      });
      mkdirSync(variable(env, "out"));
      const file = join(variable(env, "out"), "projects.json");
      writeFileSync(file, `${JSON.stringify(projects, null, 1)}\n`);
      return;
    }
    case "npm-solution-entry": {
      const settings = variable(env, "settings");
      const context = workspaceContext(settings, variable(env, "environment"), variable(env, "modules"), env);
      const plan = solutionPlan(settings, variable(env, "projects"));
      const names = solutionInputs.map((name): [string, Bytes] => [name, fromText(variable(env, name))]);
      const derivation = entryDerivation(
        divisionOf(plan.set),
        "npm-solution-emit",
        context,
        new Map(names),
        fromText(settings),
      );
      writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
      return;
    }
    case "npm-solution-emit": {
      const attributes = structuredAttributes(env);
      const [settings, environment] = [text(attributes, "settings"), text(attributes, "environment")];
      const context = workspaceContext(settings, environment, text(attributes, "modules"), env);
      const plan = solutionPlan(settings, text(attributes, "projects"));
      const derived = deriveSolution(plan, context, solutionFiles(text(attributes, "source")));
      writeOutputs(entryObjects(divisionOf(plan.set), derived, context), scratchPaths(attributes));
      return;
    }
    case "npm-workspaces-entry": {
      const settings = variable(env, "settings");
      const context = workspaceContext(settings, variable(env, "environment"), variable(env, "modules"), env);
      const plan = planMembers(settings, variable(env, "tree"), variable(env, "source"));
      const names = [...workspaceInputs].map((name): [string, Bytes] => [
        name,
        fromText(variable(env, name)),
      ]);
      const division = divisionOf(plan.set);
      const derivation = entryDerivation(
        division,
        "npm-workspaces-emit",
        context,
        new Map(names),
        fromText(settings),
      );
      writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
      return;
    }
    case "npm-workspaces-emit": {
      const attributes = structuredAttributes(env);
      const [settings, tree, source] = [
        text(attributes, "settings"),
        text(attributes, "tree"),
        text(attributes, "source"),
      ];
      const context = workspaceContext(
        settings,
        text(attributes, "environment"),
        text(attributes, "modules"),
        env,
      );
      const plan = planMembers(settings, tree, source);
      const derived = deriveWorkspaces(plan, context, workspaceFiles(source, readTree(tree)));
      writeOutputs(entryObjects(divisionOf(plan.set), derived, context), scratchPaths(attributes));
      return;
    }
    default:
      throw new Error(`there is no stage "${stage}"`);
  }
}

/** What patch-package would apply, where the project runs it. */
function patchesOf(
  files: ReadonlyMap<Bytes, Bytes>,
  directory: string,
): ReadonlyMap<Bytes, readonly Bytes[]> {
  const patches = join(directory, "patches");
  if (!existsSync(patches)) return new Map();
  const manifest: unknown = JSON.parse(toText(files.get(asBytes("package.json")) ?? asBytes("{}")));
  return usesPatchPackage(manifest) ? patchPackageFiles(readdirSync(patches)) : new Map();
}

/** The attributes that the entry hands on to the emission. */
const handedOn = ["tree", "files", "environment"] as const;

const workspaceInputs = ["tree", "source", "modules", "environment"] as const;

function readTree(directory: string): PackageTree {
  return JSON.parse(readFileSync(join(directory, "tree.json"), "utf8"));
}

function directoryAt(top: string, kind: string | undefined, path: Bytes): NarNode | undefined {
  return kind === "directory"
    ? nodeOfDirectory(Buffer.concat([Buffer.from(`${top}/`), toBuffer(path)]))
    : undefined;
}

/** What the assembler collected; `undefined` in the first phase. */
function packageManifests(directory: string): ReadonlyMap<Bytes, Bytes> | undefined {
  if (directory === "") return undefined;
  const found: readonly (readonly [string, string])[] = JSON.parse(
    readFileSync(join(directory, "manifests.json"), "utf8"),
  );
  return new Map(found.map(([location, contents]) => [fromText(location), fromText(contents)]));
}

const solutionInputs = ["projects", "source", "modules", "environment"] as const;

function solutionPlan(settings: string, directory: string): SolutionPlan {
  const projects: readonly TypeScriptProject[] = JSON.parse(
    readFileSync(join(directory, "projects.json"), "utf8"),
  );
  return planSolution(projects, projectSettings(settings).name);
}

function planMembers(settings: string, tree: string, source: string): WorkspacePlan {
  const script = scriptSetting(settings);
  const { name } = projectSettings(settings);
  return planWorkspaces(readTree(tree), name, script, hasScript(source, toText(script)));
}

function workspaceContext(
  settings: string,
  environment: string,
  modules: string,
  env: NodeJS.ProcessEnv,
): EmissionContext & WorkspaceContext {
  const { rootScript } = projectSettings(settings);
  const context = contextOf(settings, environment, env);
  const tree = fromText(modules);
  return { ...context, rootScript, modules: tree, references: [...context.references, rootScript, tree] };
}

function contextOf(
  settings: string,
  environment: string,
  env: NodeJS.ProcessEnv,
): EmissionContext & NpmEmission {
  const storeDir = env["NIX_STORE"] ?? "/nix/store";
  return npmContext(settings, fromText(environment), fromText(storeDir), closureIn(storeDir));
}
