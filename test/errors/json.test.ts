// The exact text of everything that is wrong with a graph in JSON, as a person sees it.

import { afterAll, describe, expect, it } from "vitest";
import { makeProject } from "../cli.ts";

const project = makeProject({ "a.c": "" });
afterAll(project.remove);

async function errorOf(
  contents: string | Uint8Array,
  command: readonly string[] = ["graph", "json"],
): Promise<string> {
  project.write({ "g.json": contents });
  const [name = "", frontend = ""] = command;
  const { code, err } = await project.run([name, frontend, "g.json", "--root", "."]);
  return `${err}exit ${code}`;
}

const graphOf = (steps: string, more = ""): string =>
  `{ "schema": "unravel.graph/1", "steps": [${steps}]${more} }`;
/** A step that makes "o", with more fields. */
const step = (more: string): string => graphOf(`{ "outputs": ["o"], ${more} }`);

describe("json/version", () => {
  it("shows the schema that is another", async () => {
    expect(await errorOf('{ "schema": "unravel.graph/2", "edges": [] }')).toBe(
      'g.json:1:13: error: the schema is not "unravel.graph/1", the one that this unravel reads [json/version]\n' +
        '  1 | { "schema": "unravel.graph/2", "edges": [] }\n' +
        "    |             ^^^^^^^^^^^^^^^^^\n" +
        "  hint: take the version of unravel that the graph was written for\nexit 1",
    );
  });

  it("says how a graph begins", async () => {
    expect(await errorOf('{ "steps": [] }')).toBe(
      "g.json:1:1: error: the file names no schema, the one that this unravel reads [json/version]\n" +
        '  1 | { "steps": [] }\n    | ^\n' +
        '  hint: a graph begins with { "schema": "unravel.graph/1", "steps": [\nexit 1',
    );
  });
});

describe("json/syntax", () => {
  const cases: readonly (readonly [text: string | Uint8Array, message: string])[] = [
    ["", "1:1: error: the file ends where a value is expected"],
    ["{", "1:2: error: the file ends where a name in double quotes is expected"],
    ['{ "a" 1 }', '1:7: error: ":" is expected'],
    ['{ "a": 1, }', "1:11: error: a name in double quotes is expected"],
    ["[1, ]", "1:5: error: a value is expected"],
    ["[1 2]", '1:4: error: "," or "]" is expected'],
    ["[tru]", "1:2: error: a value is expected"],
    ["[01]", '1:3: error: "," or "]" is expected'],
    ['{ "a": 1, "a": 2 }', '1:11: error: "a" stands in this object twice'],
    ['["a\nb"]', "1:4: error: a control character stands in a text"],
    ['["ab', "1:2: error: the text has no end"],
    ['["\\x"]', "1:3: error: this escape means nothing"],
    ['["\\ud800"]', "1:3: error: this escape means nothing"],
    ['["\\ud800\\u0041"]', "1:3: error: this escape means nothing"],
    [Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), "1:3: error: the text is not UTF-8"],
    ["[1] 2", "1:5: error: something follows the value"],
    ["[".repeat(70), "1:66: error: values are nested more than 64 deep"],
  ];

  it.each(cases)("%j", async (text, message) => {
    const [first] = (await errorOf(text)).split("\n");
    expect(first).toBe(`g.json:${message} [json/syntax]`);
  });

  it("shows a comma that is one too many", async () => {
    expect(await errorOf('{\n  "schema": "unravel.graph/1",\n}')).toBe(
      "g.json:3:1: error: a name in double quotes is expected [json/syntax]\n  3 | }\n    | ^\n" +
        "  hint: JSON has no comma after the last value\nexit 1",
    );
  });
});

describe("json/field", () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["[]", "the file must be an object"],
    ['{ "schema": "unravel.graph/1" }', 'the graph needs a field "steps"'],
    ['{ "schema": "unravel.graph/1", "steps": {} }', "steps must be a list"],
    [graphOf("1"), "steps[0] must be an object"],
    [graphOf('{ "inputs": [] }'), 'steps[0] needs a field "outputs"'],
    [graphOf('{ "outputs": [] }'), "steps[0].outputs must be a list of at least one path"],
    [step('"inputs": "a"'), "steps[0].inputs must be a list of paths"],
    [step('"inputs": ["a", 1]'), "steps[0].inputs[1] must be a string"],
    [step('"inputs": ["a\\u0000b"]'), "steps[0].inputs[0] must be a string without NUL"],
    [step('"command": ""'), "steps[0].command must be a command for the shell or a list of words"],
    [step('"command": [true]'), "steps[0].command[0] must be a string"],
    [
      step('"command": "c", "responseFile": { "path": "r" }'),
      'steps[0].responseFile needs a field "content"',
    ],
    [graphOf("", ', "pools": []'), "pools must be an object"],
    [graphOf("", ', "pools": { "p": -1 }'), 'pools["p"] must be a whole number from 0'],
    [graphOf("", ', "defaults": "all"'), "the graph.defaults must be a list"],
  ];

  it.each(cases)("%s", async (text, message) => {
    expect(await errorOf(text)).toContain(`error: ${message} [json/field]\n`);
  });

  it("lists the fields there are", async () => {
    expect(await errorOf(graphOf('{ "output": ["o"] }'))).toBe(
      'g.json:1:44: error: steps[0] has no field "output" [json/field]\n' +
        '  1 | { "schema": "unravel.graph/1", "steps": [{ "output": ["o"] }] }\n' +
        "    |                                            ^^^^^^^^\n" +
        "  hint: fields: outputs, implicitOutputs, inputs, implicitInputs, after, validations, command, rule, description, depfile, responseFile, pool\nexit 1",
    );
  });
});

describe("json/path", () => {
  it.each([
    [
      '"inputs": ["../a"]',
      '"../a" is outside the source tree',
      "name a file in the tree, relative to the build directory, or one in the Nix store",
    ],
    [
      '"inputs": ["x/../../a"]',
      '"x/../../a" is outside the source tree',
      "name a file in the tree, relative to the build directory, or one in the Nix store",
    ],
    [
      '"inputs": ["/etc/passwd"]',
      '"/etc/passwd" is outside the source tree',
      "name a file in the tree, relative to the build directory, or one in the Nix store",
    ],
    [
      '"implicitOutputs": ["../o"]',
      '"../o" is outside the source tree',
      "steps can write only below the source tree",
    ],
    [
      '"implicitOutputs": ["/nix/store/x"]',
      '"/nix/store/x" is outside the source tree',
      "steps can write only below the source tree",
    ],
    [
      '"implicitOutputs": ["x/.."]',
      '"x/.." is the build directory itself',
      "name a file, relative to the build directory",
    ],
    ['"after": [""]', "a path is empty", "name a file, relative to the build directory"],
    [
      '"depfile": "../d", "command": "c"',
      '"../d" is outside the source tree',
      "steps can write only below the source tree",
    ],
  ])("%s", async (fields, message, hint) => {
    const text = await errorOf(step(fields));
    expect(text).toMatch(/^g\.json:1:\d+: error: /);
    expect(text).toContain(`error: ${message} [json/path]\n`);
    expect(text).toContain(`\n  hint: ${hint}\nexit 1`);
  });

  it("marks the path", async () => {
    expect(
      await errorOf(
        '{ "schema": "unravel.graph/1",\n  "steps": [\n    { "outputs": ["o"],\n      "inputs": ["../../etc/shadow"] }\n] }',
      ),
    ).toBe(
      'g.json:4:18: error: "../../etc/shadow" is outside the source tree [json/path]\n' +
        '  4 |       "inputs": ["../../etc/shadow"] }\n' +
        "    |                  ^^^^^^^^^^^^^^^^^^\n" +
        "  hint: name a file in the tree, relative to the build directory, or one in the Nix store\nexit 1",
    );
  });
});

it("json/duplicate-output: names the other step", async () => {
  expect(
    await errorOf(graphOf('{ "outputs": ["a"], "command": "x" }, { "outputs": ["b/../a"], "command": "y" }')),
  ).toBe(
    'g.json:1:94: error: "a" is made by steps[0] already [json/duplicate-output]\n' +
      '  1 | "outputs": ["a"], "command": "x" }, { "outputs": ["b/../a"], "command": "y" }] }\n' +
      "    |                                                   ^^^^^^^^\n" +
      "  hint: a file has one maker: join the steps, or let one write elsewhere\nexit 1",
  );
});

it("json/unknown-pool: lists the pools", async () => {
  expect(
    await errorOf(
      graphOf('{ "outputs": ["a"], "command": "x", "pool": "links" }', ', "pools": { "link": 2 }'),
    ),
  ).toContain('error: there is no pool "links" [json/unknown-pool]\n');
});

it("graph/cycle: marks the input that leads back", async () => {
  expect(
    await errorOf(
      '{ "schema": "unravel.graph/1", "steps": [\n' +
        '  { "outputs": ["a"], "inputs": ["b"], "command": "x" },\n' +
        '  { "outputs": ["b"], "inputs": ["c"], "command": "x" },\n' +
        '  { "outputs": ["c"], "implicitInputs": ["a"], "command": "x" }\n] }',
    ),
  ).toBe(
    'g.json:4:42: error: dependency cycle: "a" -> "b" -> "c" -> "a" [graph/cycle]\n' +
      '  4 |   { "outputs": ["c"], "implicitInputs": ["a"], "command": "x" }\n' +
      "    |                                          ^^^\n  hint: remove one of these inputs\nexit 1",
  );
});

it("graph/no-such-target: marks the default that nothing names", async () => {
  expect(await errorOf(graphOf('{ "outputs": ["a"], "command": "x" }', ', "defaults": ["b"]'))).toContain(
    'error: unknown target "b" [graph/no-such-target]\n',
  );
});

it("plan/missing-source: marks the step that reads what is not there", async () => {
  const text = graphOf('\n  { "outputs": ["a"], "inputs": ["gone.c"], "command": "x" }\n');
  expect(await errorOf(text, ["plan", "json"])).toBe(
    'g.json:2:17: error: "gone.c", needed by "a", is missing and no step makes it [plan/missing-source]\n' +
      '  2 |   { "outputs": ["a"], "inputs": ["gone.c"], "command": "x" }\n    |                 ^^^\n' +
      "  hint: check the path, or add the file to the source (files that git does not track are not in a flake's source)\nexit 1",
  );
});

describe("a Ninja graph as JSON", () => {
  const errorOfNinja = async (manifest: string | Uint8Array): Promise<string> => {
    project.write({ "build.ninja": manifest });
    const { code, err } = await project.run([
      "graph",
      "ninja",
      "build.ninja",
      "--format",
      "json",
      "--root",
      ".",
    ]);
    return `${err}exit ${code}`;
  };

  it("json/not-utf8: names what cannot be written", async () => {
    expect(await errorOfNinja(Buffer.from("build \xff: phony\n", "latin1"))).toBe(
      '{"diagnostics":[{"code":"json/not-utf8","message":"\\"\ufffd\\" is not UTF-8, and JSON is nothing else","hint":"name the files in UTF-8, or plan from the original graph"}]}\nexit 1',
    );
  });

  it("json/dyndep: names the file", async () => {
    const manifest = "rule r\n  command = c\n  dyndep = dd\nbuild dd: phony\nbuild o: r || dd\n";
    expect(await errorOfNinja(manifest)).toContain(
      '"code":"json/dyndep","message":"\\"dd\\" tells inputs while the build runs, which the format cannot say"',
    );
  });
});
