// Cheap commands that run in the derivation of the cheap command whose files they are made of: `libx.so -> libx.so.1 ->
// libx.so.1.2` has a derivation for both links. Judged by the graph alone, so that a step is the same derivation
// whatever else is planned; a step that only waits, or that an edit of its own would run, follows nobody.

import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { Recipe, Step } from "../../graph/graph.ts";
import { splitShell } from "../../graph/shell-words.ts";
import type { Draft } from "./draft.ts";
import type { GraphView } from "./graph-view.ts";

export class Followers {
  readonly #view: GraphView;
  readonly #draftOf: (step: Step) => Draft;
  #users: ReadonlyMap<Step, readonly Step[]> | undefined;

  constructor(view: GraphView, draftOf: (step: Step) => Draft) {
    this.#view = view;
    this.#draftOf = draftOf;
  }

  /** In an order in which they can run after the step: what reads another's file comes after it. */
  of(leader: Step): readonly Step[] {
    const users = (step: Step): readonly Step[] => {
      this.#users ??= cheapUsers(this.#view);
      return this.#users.get(step) ?? [];
    };
    if (users(leader).length === 0 || !mayLead(leader, this.#draftOf(leader), this.#view)) return [];
    const group = new Set([leader]);
    for (const member of group) {
      for (const user of users(member)) {
        if (!group.has(user) && this.#reads(user, group)) group.add(user);
      }
    }
    return [...group].slice(1);
  }

  /** Whether a step is made of what the group makes and of nothing else. */
  #reads(step: Step, group: ReadonlySet<Step>): boolean {
    const { sources, grants, unknown, unresolved, made } = this.#draftOf(step);
    if (sources.size + grants.size + unknown.size + unresolved.length > 0) return false;
    const isOf = (maker: Step | undefined): boolean => maker !== undefined && group.has(maker);
    return (
      [...made].every((path) => isOf(this.#view.makerAt(path)?.step)) &&
      [...step.inputs, ...step.after].every((file) => isOf(this.#view.producerOf(file)))
    );
  }
}

/**
 * What follows a step runs whenever that does, and a change of its own command runs the step. So only links and copies
 * lead: they run when what they are of has changed, and then what is made of them must run, too. A link step of a
 * compiler often gives what it gave (an object was added that nobody calls), and a stamp always does.
 */
function mayLead(step: Step, { recipe }: Draft, view: GraphView): boolean {
  const passesOn = isCheapCommand(recipe.command) && !/(^|[\s/;&])(touch|echo)\s|>/.test(recipe.command);
  return passesOn && !step.isPhony && !recipe.restat && isPlain(step, recipe) && !view.isGenerator(step);
}

function isPlain(step: Step, recipe: Recipe): boolean {
  return (
    step.validations.length === 0 &&
    recipe.keepsAll !== true &&
    recipe.dyndep === undefined &&
    recipe.guessedOutputs === undefined &&
    recipe.pool !== "console"
  );
}

/** Step -> the cheap steps that name a file of it. A look at every step's inputs, and at the commands of few. */
function cheapUsers(view: GraphView): ReadonlyMap<Step, readonly Step[]> {
  const users = new Map<Step, Step[]>();
  for (const step of view.graph.steps) {
    if (step.isPhony || step.inputs.length === 0 || step.inputs.length > mostInputs) continue;
    const makers = new Set<Step>();
    for (const file of step.inputs) {
      const maker = view.producerOf(file);
      if (maker === undefined || maker.isPhony) break;
      makers.add(maker);
    }
    if (makers.size === 0 || !isCheap(step, view)) continue;
    for (const maker of makers) {
      const known = users.get(maker);
      if (known === undefined) users.set(maker, [step]);
      else known.push(step);
    }
  }
  const firstPath = (step: Step): Bytes => view.nameOf(step.outputs[0]);
  for (const found of users.values()) found.sort((a, b) => compareBytes(firstPath(a), firstPath(b)));
  return users;
}

/** More is a stamp over many steps, which follows none of them. */
const mostInputs = 4;

function isCheap(step: Step, view: GraphView): boolean {
  const recipe = view.recipeOf(step);
  return (
    isPlain(step, recipe) &&
    !recipe.generator &&
    recipe.depfile === undefined &&
    recipe.responseFile === undefined &&
    isCheapCommand(recipe.command)
  );
}

/** Programs that touch names, not contents. */
const cheapPrograms: ReadonlySet<string> = new Set([
  ":",
  "cd",
  "cp",
  "echo",
  "ln",
  "mkdir",
  "rm",
  "touch",
  "true",
]);

/** What `cmake -E` does at that price. */
const cheapOfCMake: ReadonlySet<string> = new Set([
  "cmake_symlink_executable",
  "cmake_symlink_library",
  "copy",
  "copy_if_different",
  "create_symlink",
  "echo",
  "make_directory",
  "rm",
  "touch",
  "true",
]);

/** Whether every part of a command line is one of the above, with words that the shell takes as they are. */
export function isCheapCommand(command: Bytes): boolean {
  const items = splitShell(command);
  return (
    items.length > 0 &&
    items.every((item) => {
      if (item.kind !== "command" || item.assignments.length > 0 || !["", "&&", ";"].includes(item.after))
        return false;
      if (
        item.words.some(({ isLiteral }) => !isLiteral) ||
        item.redirects.some(({ operator }) => operator !== ">")
      )
        return false;
      const [program = "", option = "", verb = ""] = item.words.map(({ text }) => text);
      const name = program.slice(program.lastIndexOf("/") + 1);
      if (name === "cmake") return option === "-E" && cheapOfCMake.has(verb);
      // A directory may be large.
      if (name === "cp" && item.words.some(({ text }) => /^-(-recursive|-archive|\w*[aRr])/.test(text)))
        return false;
      return cheapPrograms.has(name) && !(program.includes("/") && !program.startsWith("/"));
    })
  );
}
